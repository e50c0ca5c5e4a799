// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/secret/io/secret_opener.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"

namespace mooring::secret {
namespace {

constexpr size_t kTextsKept = 8;

}  // namespace

SecretOpener::SecretOpener(Options options, const HostKey& key, const Vault& vault,
                           const Clock& clock)
    : options_(std::move(options)),
      key_(key),
      vault_(vault),
      clock_(clock),
      sops_(options_.sops, options_.run) {}

SecretDataPtr SecretOpener::Applied(const ResourceKey& secret) {
  const auto entry = vault_.Find(secret);
  return entry ? entry->data : nullptr;
}

std::string SecretOpener::OriginOf(const Resource& secret) const {
  // The whole texts: SOPS vouches for all that stands in one, so it is asked about each.
  std::string origin = secret.spec.dump();
  for (const EncryptedFile& file : secret.encrypted) origin += key_.Digest(*file.text);
  return key_.Digest(origin);
}

Result<SecretDataPtr> SecretOpener::Open(const Resource& secret, std::stop_token stop) {
  const std::string origin = OriginOf(secret);
  const auto applied = vault_.Find(secret.key);
  const bool from_sops = !secret.spec.contains("provider");
  if (from_sops && applied && applied->origin == origin) return applied->data;
  const SecretDataPtr known = answers_.With([&](const auto& answers) -> SecretDataPtr {
    const auto found = answers.find(secret.key);
    const bool fresh = found != answers.end() && found->second.origin == origin &&
                       clock_.Now() < found->second.until;
    return fresh ? found->second.data : nullptr;
  });
  if (known) return known;
  Answer answer{.origin = origin, .until = Time::max()};
  if (from_sops) {
    MOORING_TRY(answer.data, OpenEncrypted(secret, stop));
  } else {
    MOORING_TRY(answer, AskProvider(secret, origin, stop));
  }
  if (applied && *applied->data == *answer.data) {
    answer.data = applied->data;  // one copy of both
    // What cannot be noted is opened once more at the next start.
    if (from_sops && renew_ != nullptr)
      std::ignore = renew_->Put(secret.key, {origin, answer.data});
  }
  const SecretDataPtr data = answer.data;
  answers_.With([&](auto& answers) { answers[secret.key] = std::move(answer); });
  return data;
}

Result<SecretOpener::Opened> SecretOpener::OpenText(const std::string& text,
                                                    const std::string& file, std::stop_token stop) {
  const std::string digest = key_.Digest(text);
  Opened known = opened_.With([&](const auto& texts) {
    const auto found = std::ranges::find(texts, digest, [](const auto& one) { return one.first; });
    return found == texts.end() ? nullptr : found->second;
  });
  if (known) return known;
  MOORING_TRY(const SecretString clear, sops_.Decrypt(text, file, stop));
  auto secrets = options_.read(clear);
  if (!secrets)
    return std::unexpected(secrets.error().WithContext(file).WithReason(reason::kDecryptFailed));
  auto opened = std::make_shared<const std::map<ResourceKey, SecretData>>(*std::move(secrets));
  opened_.With([&](auto& texts) {
    texts.emplace_back(digest, opened);
    if (texts.size() > kTextsKept) texts.pop_front();
  });
  return opened;
}

Result<SecretDataPtr> SecretOpener::OpenEncrypted(const Resource& secret, std::stop_token stop) {
  auto data = std::make_shared<SecretData>();
  for (const EncryptedFile& file : secret.encrypted) {
    MOORING_TRY(const Opened opened, OpenText(*file.text, file.path, stop));
    const auto found = opened->find(secret.key);
    if (found == opened->end()) continue;
    // What an overlay has differently stands in place of what is below it.
    for (const auto& [key, value] : found->second) (*data)[key] = value;
  }
  std::erase_if(*data, [&](const auto& one) { return !secret.spec["data"].contains(one.first); });
  for (const auto& [key, value] : secret.spec["data"].items()) {
    if (value == "") (*data)[key] = SecretString();  // SOPS leaves an empty text as it is
    if (data->contains(key)) continue;
    return std::unexpected(
        Error(ErrorCode::kFailedPrecondition,
              fmt::format("{} has no value for {} once it is open", secret.source.file, key))
            .WithReason(reason::kDecryptFailed));
  }
  return data;
}

Result<SecretOpener::Answer> SecretOpener::AskProvider(const Resource& secret, std::string origin,
                                                       std::stop_token stop) {
  const std::string name = secret.spec.value("provider", "");
  const auto provider = std::ranges::find(options_.providers, name, &Provider::name);
  if (provider == options_.providers.end()) {
    std::vector<std::string> names;
    for (const Provider& one : options_.providers) names.push_back(one.name);
    return std::unexpected(
        Error(ErrorCode::kFailedPrecondition,
              fmt::format("this host has no provider {}; {}", name,
                          names.empty() ? "name it in mooring.yaml: secrets.providers"
                                        : "mooring.yaml names: " + Join(names, ", ")))
            .WithReason(reason::kProviderFailed));
  }
  auto data = std::make_shared<SecretData>();
  const Json keys = secret.spec.value("keys", Json::object());
  for (const auto& [key, asked] : keys.items()) {
    MOORING_TRY((*data)[key], Ask(*provider, asked.get<std::string>(), options_.run, stop));
  }
  const Time until = clock_.Now() + std::chrono::floor<Time::duration>(provider->cache_for);
  return Answer{std::move(origin), std::move(data), until};
}

}  // namespace mooring::secret
