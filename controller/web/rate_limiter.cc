// SPDX-License-Identifier: Apache-2.0
#include "controller/web/rate_limiter.h"

namespace mooring::web {
namespace {

/// Beyond it, those that are full again are dropped before another is added.
constexpr size_t kMaxKeys = 4096;

}  // namespace

Duration RateLimiter::Take(const std::string& key) {
  const SteadyTime now = clock_.Steady();
  const Duration each = rate_.window / rate_.events;
  return buckets_.With([&](Buckets& buckets) -> Duration {
    auto found = buckets.full_at.find(key);
    if (found == buckets.full_at.end()) {
      if (buckets.full_at.size() >= kMaxKeys) ForgetFull(buckets, now);
      if (buckets.full_at.size() >= kMaxKeys) return each;
      found = buckets.full_at.emplace(key, now).first;
    }
    const SteadyTime full = std::max(found->second, now) + each;
    if (full - now > rate_.window) return full - now - rate_.window;
    found->second = full;
    return Duration(0);
  });
}

size_t RateLimiter::size() const {
  return buckets_.With([](const Buckets& buckets) { return buckets.full_at.size(); });
}

void RateLimiter::ForgetFull(Buckets& buckets, SteadyTime now) const {
  if (now < buckets.next_sweep) return;
  buckets.next_sweep = now + rate_.window / rate_.events;
  std::erase_if(buckets.full_at, [&](const auto& entry) { return entry.second <= now; });
}

}  // namespace mooring::web
