// SPDX-License-Identifier: Apache-2.0
#include "controller/source/signature_check.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/source/input_rules.h"

namespace mooring {
namespace {

using process::Ended;

constexpr std::string_view kSsh = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view kPgp = "-----BEGIN PGP SIGNATURE-----";
constexpr std::string_view kStatus = "[GNUPG:] ";
constexpr size_t kMaxSigner = 200;

Error Refuse(std::string text) { return {ErrorCode::kPermissionDenied, std::move(text)}; }

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines = Split(text, '\n');
  for (std::string& line : lines) {
    while (line.ends_with('\r')) line.pop_back();
  }
  std::erase(lines, "");
  return lines;
}

/// The line of ssh-keygen that says why a key that is in the file does not count; "" for none.
std::string WhyNotAllowed(const std::string& said) {
  for (const std::string& line : LinesOf(said)) {
    for (const char* why : {"has expired", "not yet valid", "not permitted for use", "revoked"}) {
      if (line.find(why) != std::string::npos) return ForPeople(line, kMaxSigner);
    }
  }
  return "";
}

/// `Good "git" signature with ED25519 key SHA256:...` -> "ED25519 key SHA256:..."
std::string KeyOf(const std::string& said) {
  constexpr std::string_view kBefore = " signature with ";
  const size_t at = said.find(kBefore);
  if (at == std::string::npos) return "SSH key";
  return ForPeople(LinesOf(said.substr(at + kBefore.size())).front(), kMaxSigner);
}

/// What gpgv reports, one list of words for each line: {"GOODSIG", "<key>", "<user id>"}.
std::vector<std::pair<std::string, std::string>> StatusLines(const std::string& output) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const std::string& line : LinesOf(output)) {
    if (!line.starts_with(kStatus)) continue;
    const std::string rest = line.substr(kStatus.size());
    const size_t blank = rest.find(' ');
    lines.emplace_back(rest.substr(0, blank),
                       blank == std::string::npos ? "" : rest.substr(blank + 1));
  }
  return lines;
}

/// "<key id> <user id>" -> the user id.
std::string UserId(const std::string& words) {
  const size_t blank = words.find(' ');
  return ForPeople(blank == std::string::npos ? words : words.substr(blank + 1), kMaxSigner);
}

/// Exactly one signature, good now, of a key that is neither expired nor revoked. An expired key
/// still ends with exit code 0, so that the words count.
Result<std::string> ReadGpgStatus(const Ended& ended, const std::string& keyring) {
  const auto lines = StatusLines(ended.output);
  const auto find = [&](std::string_view word) -> const std::string* {
    const auto found = std::ranges::find(lines, word, [](const auto& line) { return line.first; });
    return found == lines.end() ? nullptr : &found->second;
  };
  const auto count = [&](std::string_view word) {
    return std::ranges::count(lines, word, [](const auto& line) { return line.first; });
  };
  if (const auto* who = find("EXPKEYSIG")) {
    return std::unexpected(Refuse(fmt::format(
        "is signed by {}, whose key in {} has expired; put the key with its new date there, or "
        "sign with another that is there",
        UserId(*who), keyring)));
  }
  if (const auto* who = find("REVKEYSIG")) {
    return std::unexpected(
        Refuse(fmt::format("is signed by {}, whose key in {} is revoked; sign with another key",
                           UserId(*who), keyring)));
  }
  if (const auto* who = find("EXPSIG")) {
    return std::unexpected(Refuse(fmt::format(
        "is signed by {}, but that signature has expired; sign it again", UserId(*who))));
  }
  if (const auto* key = find("NO_PUBKEY")) {
    return std::unexpected(Refuse(
        fmt::format("is signed with the GPG key {}, which is not in {}; add it there if its owner "
                    "may decide what runs here, or sign with a key that is there",
                    ForPeople(*key, kMaxSigner), keyring)));
  }
  if (find("BADSIG") != nullptr)
    return std::unexpected(
        Refuse("was changed after it was signed: its signature does not fit; make the commit anew "
               "and sign it"));
  const auto* good = find("GOODSIG");
  const bool one = count("NEWSIG") == 1 && count("GOODSIG") == 1 && count("VALIDSIG") == 1;
  if (ended.exit_code == 0 && good != nullptr && one) return UserId(*good);
  const auto said = LinesOf(ended.errors);
  return std::unexpected(Refuse(fmt::format(
      "has a signature that gpgv does not take ({}); sign it again with one key",
      one || said.empty() ? "no single good one" : ForPeople(said.back(), kMaxSigner))));
}

}  // namespace

SignatureCheck::SignatureCheck(TrustedSigners trusted, const VerifierProgram::Run& run)
    : trusted_(std::move(trusted)),
      ssh_keygen_("ssh-keygen", "openssh-client", run),
      gpgv_("gpgv", "gpgv", run) {}

Result<std::string> SignatureCheck::Check(const git::CommitSignature& signature,
                                          const std::stop_token& stop) const {
  if (signature.text.empty()) return std::unexpected(Refuse("is not signed"));
  if (signature.text.starts_with(kSsh)) return CheckSsh(signature, stop);
  if (signature.text.starts_with(kPgp)) return CheckGpg(signature, stop);
  return std::unexpected(
      Refuse("has a signature that is neither SSH's nor GPG's (X.509 is not supported); sign it "
             "with one of those"));
}

Result<std::string> SignatureCheck::CheckSsh(const git::CommitSignature& signature,
                                             const std::stop_token& stop) const {
  const std::string& allowed = trusted_.allowed_signers_file;
  if (allowed.empty()) {
    return std::unexpected(Refuse(
        "has an SSH signature, and only GPG signatures count here; sign it with GPG, or name the "
        "SSH keys in verify.allowedSignersFile"));
  }
  MOORING_RETURN_IF_ERROR(CheckAllowedSigners(allowed));
  const PrivateFolder folder;
  MOORING_TRY(const std::string file, folder.Write("signature", signature.text));
  MOORING_TRY(const Ended found,
              ssh_keygen_.Start({"-Y", "find-principals", "-s", file, "-f", allowed}, "", stop));
  std::string said = found.errors;
  for (const std::string& principal : LinesOf(found.output)) {
    if (found.exit_code != 0) break;
    MOORING_TRY(const Ended ended, ssh_keygen_.Start({"-Y", "verify", "-n", "git", "-f", allowed,
                                                      "-I", principal, "-s", file},
                                                     signature.payload, stop));
    if (ended.exit_code == 0) return ForPeople(principal, kMaxSigner);
    said += ended.errors;
  }
  return ExplainUnknownKey(file, said, signature.payload, stop);
}

Result<std::string> SignatureCheck::ExplainUnknownKey(const std::string& file,
                                                      const std::string& said,
                                                      const std::string& payload,
                                                      const std::stop_token& stop) const {
  const std::string& allowed = trusted_.allowed_signers_file;
  MOORING_TRY(
      const Ended checked,
      ssh_keygen_.Start({"-Y", "check-novalidate", "-n", "git", "-s", file}, payload, stop));
  if (checked.exit_code != 0) {
    const bool purpose = checked.errors.find("namespace") != std::string::npos;
    return std::unexpected(Refuse(
        purpose ? "has a signature that was made for something else than a Git commit; sign it anew"
                : "was changed after it was signed: its signature does not fit; make the commit "
                  "anew and sign it"));
  }
  if (const std::string why = WhyNotAllowed(said); !why.empty()) {
    return std::unexpected(
        Refuse(fmt::format("is signed with a key that does not count now ({}); correct that line, "
                           "or sign with another key that is there",
                           why)));
  }
  return std::unexpected(Refuse(fmt::format(
      "is signed with the {}, which is not in {}; add it there if its owner may decide what runs "
      "here, or sign with a key that is there",
      KeyOf(checked.output), allowed)));
}

Result<std::string> SignatureCheck::CheckGpg(const git::CommitSignature& signature,
                                             const std::stop_token& stop) const {
  const std::string& keyring = trusted_.gpg_keyring_file;
  if (keyring.empty()) {
    return std::unexpected(Refuse(
        "has a GPG signature, and only SSH signatures count here; sign it with SSH, or name the "
        "GPG keys in verify.gpgKeyringFile"));
  }
  MOORING_RETURN_IF_ERROR(CheckKeyring(keyring));
  const PrivateFolder folder;
  MOORING_TRY(const std::string file, folder.Write("signature", signature.text));
  MOORING_TRY(const Ended ended, gpgv_.Start({"--homedir", folder.path(), "--keyring", keyring,
                                              "--status-fd", "1", file, "-"},
                                             signature.payload, stop));
  return ReadGpgStatus(ended, keyring);
}

std::vector<Error> SignatureCheck::Problems() const {
  std::vector<Error> problems;
  const auto note = [&](const Status& status) {
    if (!status) problems.push_back(status.error());
  };
  const auto look = [&](const VerifierProgram& program) {
    if (const auto found = program.Find(); !found) problems.push_back(found.error());
  };
  if (!trusted_.allowed_signers_file.empty()) {
    note(CheckAllowedSigners(trusted_.allowed_signers_file));
    look(ssh_keygen_);
  }
  if (!trusted_.gpg_keyring_file.empty()) {
    note(CheckKeyring(trusted_.gpg_keyring_file));
    look(gpgv_);
  }
  return problems;
}

}  // namespace mooring
