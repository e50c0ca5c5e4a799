// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/config_cache.h"

namespace mooring::caddy {

using std::chrono_literals::operator""s;

Result<ConfigCache::Fresh> ConfigCache::ReadLocked(std::stop_token stop) {
  auto reading = reader_.Read(stop, [this](const std::string& body) { return IsOurs(body); });
  if (!reading) {
    if (reading.error().code() != ErrorCode::kCancelled) {
      std::scoped_lock lock(mutex_);
      failure_ = reading.error();
      failed_at_ = clock_.Steady();
      dirty_ = true;
    }
    return std::unexpected(std::move(reading).error());
  }
  {
    std::scoped_lock lock(mutex_);
    if (live_ && body_ == reading->body && live_->capabilities == reading->capabilities) {
      return Fresh{*std::move(reading), live_};
    }
  }
  Json config = Json::parse(reading->body, nullptr, false);
  if (config.is_discarded()) {
    return Fail(ErrorCode::kInternal,
                fmt::format("what answers at {} sends no JSON; is it Caddy?", reading->from.text));
  }
  // The address that Caddy fell back to is not the one to stay at.
  const bool moved = reading->from.text != reader_.options().address.text;
  if (moved && config.is_object() && config.contains("/admin/listen"_json_pointer)) {
    config["admin"].erase("listen");
  }
  auto live =
      std::make_shared<LiveConfig>(Inspect(std::move(config), options_, reading->capabilities));
  return Fresh{*std::move(reading), std::move(live)};
}

bool ConfigCache::IsOurs(const std::string& body) const {
  Json config = Json::parse(body, nullptr, false);
  if (config.is_discarded()) return false;
  const LiveConfig live = Inspect(std::move(config), options_, {});
  std::scoped_lock lock(mutex_);
  // Without a reading from its own address, nothing tells our Caddy from somebody else's.
  return live_ != nullptr && live.foreign.empty() &&
         std::ranges::all_of(live.sites, [this](const auto& site) {
           const auto known = known_.find(site.first);
           return known != known_.end() && known->second == site.second;
         });
}

void ConfigCache::StoreLocked(const Fresh& fresh) {
  std::scoped_lock lock(mutex_);
  live_ = fresh.live;
  body_ = fresh.reading.body;
  dirty_ = false;
  failure_.reset();
  if (!live_->blank && !live_->Refused(options_)) known_ = live_->sites;
}

Result<ConfigCache::Live> ConfigCache::Get(std::stop_token stop) {
  const auto cached = [this]() -> std::optional<Result<Live>> {
    std::scoped_lock lock(mutex_);
    if (failure_ && clock_.Steady() < failed_at_ + 1s) return std::unexpected(*failure_);
    if (!dirty_ && live_) return live_;
    return std::nullopt;
  };
  if (auto answer = cached()) return *std::move(answer);
  std::scoped_lock io(io_mutex_);
  if (auto answer = cached()) return *std::move(answer);  // somebody read while we waited
  MOORING_TRY(const Fresh fresh, ReadLocked(stop));
  StoreLocked(fresh);
  return fresh.live;
}

Status ConfigCache::Refresh(std::stop_token stop) {
  std::scoped_lock io(io_mutex_);
  MOORING_TRY(const Fresh fresh, ReadLocked(stop));
  StoreLocked(fresh);
  return {};
}

void ConfigCache::MarkDirty() {
  std::scoped_lock lock(mutex_);
  dirty_ = true;
}

Result<bool> ConfigCache::Poll(std::stop_token stop) {
  std::scoped_lock io(io_mutex_);
  MOORING_TRY(const Fresh fresh, ReadLocked(stop));
  StoreLocked(fresh);
  const bool changed = polled_ != fresh.reading.body;
  polled_ = fresh.reading.body;
  return changed;
}

Status ConfigCache::Change(const ChangeFunction& change, std::stop_token stop) {
  std::scoped_lock io(io_mutex_);
  MOORING_TRY(const Fresh before, ReadLocked(stop));
  auto loaded = change(before);
  MarkDirty();
  // Best effort: if it fails, whoever asks next reads again.
  const auto after = ReadLocked(stop);
  if (after) {
    StoreLocked(*after);
    // What others changed before or since stays news for the next poll.
    const bool as_loaded = loaded && *loaded && after->live->config == **loaded;
    if (as_loaded && polled_ == before.reading.body) polled_ = after->reading.body;
  }
  if (!loaded) return std::unexpected(std::move(loaded).error());
  return {};
}

Sites ConfigCache::Known() const {
  std::scoped_lock lock(mutex_);
  return known_;
}

void ConfigCache::Forget(const ResourceKey& key) {
  std::scoped_lock lock(mutex_);
  known_.erase(key);
}

}  // namespace mooring::caddy
