// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/registry_digests.h"

namespace mooring::docker {
namespace {

constexpr Duration kCounts = std::chrono::seconds(5);

}  // namespace

std::optional<RegistryAnswer> RegistryDigests::Ask(const std::string& reference,
                                                   std::stop_token stop) {
  if (reference.find('@') != std::string::npos) return std::nullopt;
  const SteadyTime now = clock_.Steady();
  const auto known = answers_.With([&](const auto& answers) -> std::optional<RegistryAnswer> {
    const auto found = answers.find(reference);
    if (found == answers.end() || now - found->second.at >= kCounts) return std::nullopt;
    return found->second.answer;
  });
  if (known) return known;
  RegistryAnswer answer = AskNow(reference, stop);
  answers_.With([&](auto& answers) { answers[reference] = {answer, now}; });
  return answer;
}

RegistryAnswer RegistryDigests::AskNow(const std::string& reference, std::stop_token stop) {
  const auto login = logins_.Find(RegistryOf(reference));
  if (!login) return {.error = login.error().message()};
  auto digest = reader_.DigestAtRegistry(reference, *login ? &**login : nullptr, stop);
  if (!digest) return {.error = digest.error().message()};
  return {.digest = *std::move(digest)};
}

void RegistryDigests::Follow(const ResourceKey& key, bool follows) {
  followers_.With([&](auto& followers) {
    if (follows)
      followers.insert(key);
    else
      followers.erase(key);
  });
}

bool RegistryDigests::Follows(const ResourceKey& key) const {
  return followers_.With([&](const auto& followers) { return followers.contains(key); });
}

}  // namespace mooring::docker
