// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/secret/io/vault.h"

#include <unistd.h>

#include <cerrno>

#include "controller/base/private_file.h"

namespace mooring::secret {
namespace {

/// Names of namespaces and resources have no underscore.
constexpr char kBetween = '_';

}  // namespace

Vault::Vault(std::filesystem::path folder, const HostKey& key)
    : folder_(std::move(folder)), sealer_(key, "values of Secrets") {}

std::filesystem::path Vault::FileOf(const ResourceKey& secret) const {
  return folder_ / (secret.ns + kBetween + secret.name);
}

std::optional<Vault::Entry> Vault::Read(const ResourceKey& secret) const {
  const auto sealed = ReadPrivateFile(FileOf(secret));
  if (!sealed) return std::nullopt;
  const auto plain = sealer_.Open(*sealed, secret.ToString());
  if (!plain) return std::nullopt;
  const Json json = Json::from_cbor(plain->Reveal(), true, false);
  if (!json.is_object() || !json.contains("values")) return std::nullopt;
  auto data = std::make_shared<SecretData>();
  for (const auto& [key, value] : json["values"].items())
    data->emplace(key, SecretString(value.get<std::string>()));
  return Entry{json.value("origin", ""), std::move(data)};
}

std::optional<Vault::Entry> Vault::Find(const ResourceKey& secret) const {
  return known_.With([&](auto& known) {
    const auto [found, is_new] = known.try_emplace(secret);
    if (is_new) found->second = Read(secret);
    return found->second;
  });
}

Status Vault::Put(const ResourceKey& secret, Entry entry) {
  Json json = {{"origin", entry.origin}, {"values", Json::object()}};
  for (const auto& [key, value] : *entry.data) json["values"][key] = value.Reveal();
  const std::vector<uint8_t> bytes = Json::to_cbor(json);
  const SecretString plain(std::string(bytes.begin(), bytes.end()));
  return known_.With([&](auto& known) -> Status {
    MOORING_RETURN_IF_ERROR(
        WritePrivateFile(FileOf(secret), sealer_.Seal(plain, secret.ToString())));
    known[secret] = std::move(entry);
    return {};
  });
}

Status Vault::Remove(const ResourceKey& secret) {
  return known_.With([&](auto& known) -> Status {
    if (::unlink(FileOf(secret).c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("remove {}: {}", FileOf(secret).string(),
                              std::error_code(errno, std::generic_category()).message()));
    }
    known[secret] = std::nullopt;
    return {};
  });
}

std::vector<ResourceKey> Vault::Keys() const {
  std::vector<ResourceKey> keys;
  std::error_code none;
  for (const auto& file : std::filesystem::directory_iterator(folder_, none)) {
    const std::string name = file.path().filename();
    const size_t between = name.find(kBetween);
    if (between == std::string::npos || name.find('.') != std::string::npos) continue;
    keys.push_back({"Secret", name.substr(0, between), name.substr(between + 1)});
  }
  std::ranges::sort(keys);
  return keys;
}

}  // namespace mooring::secret
