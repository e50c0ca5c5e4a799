// SPDX-License-Identifier: Apache-2.0
#include "controller/tokens/token_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "controller/base/private_file.h"
#include "controller/base/text.h"
#include "controller/tokens/token_text.h"

namespace mooring::tokens {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr size_t kMaxName = 63;
constexpr std::string_view kDigestPrefix = "sha256:";

std::unexpected<Error> Damaged(const std::filesystem::path& file, std::string_view what) {
  return Fail(ErrorCode::kDataLoss,
              fmt::format("the tokens in {} cannot be read: {}; restore the file from a copy, or "
                          "remove it and make new tokens",
                          file.string(), what));
}

ordered_json ToJson(const Token& token) {
  ordered_json entry = {{"id", token.id},
                        {"name", token.name},
                        {"role", RoleName(token.role)},
                        {"created", FormatTime(token.created)}};
  entry["expires"] = token.expires ? json(FormatTime(*token.expires)) : json(nullptr);
  entry["lastFour"] = token.last_four;
  if (token.is_local_cli) entry["localCli"] = true;
  entry["digest"] = std::string(kDigestPrefix) + token.digest.Reveal();
  return entry;
}

/// May throw what nlohmann throws.
std::optional<Token> FromJson(const json& entry) {
  Token token{.id = entry.at("id"),
              .name = entry.at("name"),
              .last_four = entry.at("lastFour"),
              .is_local_cli = entry.value("localCli", false)};
  const auto role = ParseRole(entry.at("role").get<std::string>());
  const auto created = ParseTime(entry.at("created").get<std::string>());
  const auto digest = entry.at("digest").get<std::string>();
  if (!role || !created || !digest.starts_with(kDigestPrefix)) return std::nullopt;
  token.role = *role;
  token.created = *created;
  token.digest = SecretString(digest.substr(kDigestPrefix.size()));
  if (!entry.at("expires").is_null()) {
    token.expires = ParseTime(entry.at("expires").get<std::string>());
    if (!token.expires) return std::nullopt;  // never a token that lives longer than it should
  }
  return token;
}

bool IsName(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kMaxName && std::all_of(name.begin(), name.end(), allowed);
}

std::filesystem::path LockOf(const std::filesystem::path& file) { return file.string() + ".lock"; }

}  // namespace

std::filesystem::path TokenFileBeside(const std::filesystem::path& seal_key_file) {
  return seal_key_file.parent_path() / "tokens.json";
}

Result<std::vector<Token>> TokenFile::List() const { return Read(); }

Result<std::vector<Token>> TokenFile::Read() const {
  const auto text = ReadPrivateFile(file_);
  if (!text && text.error().code() == ErrorCode::kNotFound) return std::vector<Token>();
  if (!text) return std::unexpected(text.error());
  try {
    const json document = json::parse(*text);
    if (document.at("version") != kVersion) return Damaged(file_, "another version wrote it");
    std::vector<Token> tokens;
    for (const json& entry : document.at("tokens")) {
      auto token = FromJson(entry);
      if (!token) return Damaged(file_, "an entry is wrong");
      tokens.push_back(*std::move(token));
    }
    return tokens;
  } catch (const json::exception&) {
    return Damaged(file_, "it is not what was written");
  }
}

Status TokenFile::Write(const std::vector<Token>& tokens) const {
  ordered_json document = {{"version", kVersion}, {"tokens", ordered_json::array()}};
  for (const Token& token : tokens) document["tokens"].push_back(ToJson(token));
  return WritePrivateFile(file_, document.dump(2) + "\n");
}

Result<NewToken> TokenFile::Create(const TokenRequest& request) const {
  if (!IsName(request.name)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is no name for a token; use 1 to {} letters, digits, '-', '_' "
                            "or '.', for example: deploy-bot",
                            request.name, kMaxName));
  }
  MOORING_TRY(const FileLock lock, FileLock::Take(LockOf(file_), clock_));
  MOORING_TRY(std::vector<Token> tokens, Read());
  const Time now = clock_.Now();
  // The command line's own token is replaced; a person's name must not change its meaning.
  if (request.is_local_cli) {
    std::erase_if(tokens, [](const Token& token) { return token.is_local_cli; });
  }
  for (const Token& token : tokens) {
    if (token.name != request.name) continue;
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("there is a token named {} ({}); choose another name, or revoke it with:"
                    " mooring tokens revoke {}",
                    token.name, token.id, token.id));
  }
  NewToken made{.token = {.name = request.name,
                          .role = request.role,
                          .created = now,
                          .is_local_cli = request.is_local_cli}};
  MOORING_TRY(made.text, MakeTokenText(&made.token.id));
  made.token.last_four = made.text.Reveal().substr(made.text.Reveal().size() - 4);
  made.token.digest = DigestOfToken(made.text.Reveal());
  if (request.lifetime) {
    made.token.expires = now + std::chrono::duration_cast<Time::duration>(*request.lifetime);
  }
  tokens.push_back(made.token);
  MOORING_RETURN_IF_ERROR(Write(tokens));
  return made;
}

Result<Token> TokenFile::Revoke(const std::string& id_or_name) const {
  MOORING_TRY(const FileLock lock, FileLock::Take(LockOf(file_), clock_));
  MOORING_TRY(std::vector<Token> tokens, Read());
  const auto found = std::find_if(tokens.begin(), tokens.end(), [&](const Token& token) {
    return token.id == id_or_name || token.name == id_or_name;
  });
  if (found == tokens.end()) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("there is no token {}; see: mooring tokens list", id_or_name));
  }
  Token revoked = *found;
  tokens.erase(found);
  MOORING_RETURN_IF_ERROR(Write(tokens));
  return revoked;
}

}  // namespace mooring::tokens
