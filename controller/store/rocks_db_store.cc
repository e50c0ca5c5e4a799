// SPDX-License-Identifier: Apache-2.0
#include "controller/store/rocks_db_store.h"

#include <charconv>
#include <filesystem>
#include <limits>
#include <system_error>

#include "controller/base/text.h"
#include "controller/kv/key_value_store.h"
#include "controller/store/codec.h"
#include "controller/store/keys.h"

namespace mooring {
namespace {

using kv::KeyRange;
using kv::KeyValueStore;
using kv::Order;

/// A store that must make way for a new one.
struct Unusable {
  std::string suffix;  ///< of the name that it gets
  std::string why;     ///< "is damaged: ..."
};

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<bool> IsEmpty(const KeyValueStore& kv) {
  bool empty = true;
  MOORING_RETURN_IF_ERROR(kv.Scan(
      {}, Order::kAscending, [&](std::string_view, std::string_view) { return empty = false; }));
  return empty;
}

/// Whether the directory has tables of RocksDB: something was in it once.
bool HasTables(const std::string& path) {
  std::error_code error;
  std::filesystem::directory_iterator files(path, error);
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    if (files->path().extension() == ".sst") return true;
  }
  return false;
}

/// Writes the schema version into a new store and checks that of an old one. `had_tables`: before
/// it was opened. Of a damaged list of its files RocksDB may believe what comes before the damage.
Result<std::optional<Unusable>> CheckSchema(KeyValueStore& kv, bool had_tables) {
  MOORING_TRY(const std::optional<std::string> text, kv.Get(store_keys::kSchema));
  if (!text) {
    MOORING_TRY(const bool empty, IsEmpty(kv));
    if (!empty) return Unusable{"damaged", "is damaged: it names no schema version"};
    if (had_tables) return Unusable{"damaged", "is damaged: nothing is left of what it held"};
    MOORING_RETURN_IF_ERROR(
        kv.Put(store_keys::kSchema, std::to_string(store_keys::kSchemaVersion)));
    return std::nullopt;
  }
  const std::optional<uint64_t> version = ParseNumber(*text);
  if (!version || *version == 0) {
    return Unusable{"damaged", "is damaged: it has no valid schema version"};
  }
  if (*version > store_keys::kSchemaVersion) {
    return Unusable{
        "newer", fmt::format("was written by a newer mooring: its schema is {}, this one reads {}",
                             *version, store_keys::kSchemaVersion)};
  }
  return std::nullopt;
}

/// Renames `path` to a free `<path>.<suffix>-<time>` and returns that.
Result<std::string> MoveAside(const std::string& path, const std::string& suffix, Time now) {
  std::string time = FormatTime(now);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  const std::string base = fmt::format("{}.{}-{}", path, suffix, time);
  std::string aside = base;
  std::error_code error;
  for (int n = 2; std::filesystem::exists(aside, error); ++n) aside = fmt::format("{}-{}", base, n);
  std::filesystem::rename(path, aside, error);
  if (!error) return aside;
  return Fail(ErrorCode::kFailedPrecondition,
              fmt::format("move the unusable store {} to {}: {}; move it by hand", path, aside,
                          error.message()));
}

Order ScanOrder(const EventQuery& query) {
  return query.from_oldest ? Order::kAscending : Order::kDescending;
}

kv::Sync ToSync(Store::Durability durability) {
  return durability == Store::Durability::kSynced ? kv::Sync::kYes : kv::Sync::kNo;
}

}  // namespace

/// Either an open store or the reason why this one cannot be used.
struct RocksDbStore::Opened {
  std::unique_ptr<KeyValueStore> kv;
  EventLog log;
  std::optional<StatusIndex> index;
  std::optional<Unusable> unusable;
};

RocksDbStore::RocksDbStore(Opened opened, StoreLimits limits, std::string note)
    : kv_(std::move(opened.kv)),
      limits_(limits),
      note_(std::move(note)),
      events_(opened.log),
      index_(std::move(opened.index)) {}

RocksDbStore::~RocksDbStore() = default;

Result<std::unique_ptr<RocksDbStore>> RocksDbStore::Open(const std::string& path,
                                                         const Clock& clock, StoreLimits limits) {
  MOORING_TRY(Opened opened, TryOpen(path));
  std::string note;
  if (opened.unusable) {
    const Unusable unusable = *std::move(opened.unusable);
    opened.kv.reset();
    MOORING_TRY(const std::string aside, MoveAside(path, unusable.suffix, clock.Now()));
    note = fmt::format(
        "the store {} {}; it was moved to {} and a new one begun: what runs is adopted, history "
        "starts anew",
        path, unusable.why, aside);
    MOORING_TRY(Opened fresh, TryOpen(path));
    if (fresh.unusable) {
      return Fail(ErrorCode::kDataLoss,
                  fmt::format("the new store {} {}; check its disk", path, fresh.unusable->why));
    }
    opened = std::move(fresh);
  }
  return std::unique_ptr<RocksDbStore>(
      new RocksDbStore(std::move(opened), limits, std::move(note)));
}

Result<RocksDbStore::Opened> RocksDbStore::TryOpen(const std::string& path) {
  Opened opened;
  const bool had_tables = HasTables(path);
  const auto attempt = [&]() -> Status {
    MOORING_TRY(opened.kv, KeyValueStore::Open(path));
    MOORING_TRY(opened.unusable, CheckSchema(*opened.kv, had_tables));
    if (opened.unusable) return {};
    return ReadAll(opened);
  };
  if (const Status status = attempt(); !status) {
    if (status.error().code() != ErrorCode::kDataLoss) return std::unexpected(status.error());
    opened.unusable = Unusable{"damaged", "is damaged: " + status.error().ToString()};
  }
  return opened;
}

/// Reads every block once: damage is found here, while a new store can still take its place.
Status RocksDbStore::ReadAll(Opened& opened) {
  EventLog log;
  std::optional<StatusIndex> index(std::in_place);
  const auto visit = [&](std::string_view key, std::string_view value) {
    if (key == store_keys::kSequence) {
      log.sequence = std::max(log.sequence, ParseNumber(value).value_or(0));
    } else if (key.starts_with(store_keys::kEventPrefix)) {
      const uint64_t sequence = store_keys::SequenceOf(key);
      if (log.count++ == 0) log.oldest = sequence;
      log.sequence = std::max(log.sequence, sequence);
    } else if (key.starts_with(store_keys::kStatusPrefix) && index) {
      const auto status = store_codec::DecodeStatus(value);
      status ? index->Put(*status) : index.reset();
    }
    return true;
  };
  MOORING_RETURN_IF_ERROR(opened.kv->Scan({}, Order::kAscending, visit));
  opened.log = log;
  opened.index = std::move(index);
  return {};
}

Result<std::optional<ResourceStatus>> RocksDbStore::GetStatus(const ResourceKey& key) const {
  MOORING_TRY(const std::optional<std::string> bytes, kv_->Get(store_keys::StatusKey(key)));
  if (!bytes) return std::nullopt;
  return store_codec::DecodeStatus(*bytes);
}

Result<std::vector<ResourceStatus>> RocksDbStore::ListStatus() const {
  std::vector<ResourceStatus> all;
  Status decoded;
  const auto visit = [&](std::string_view, std::string_view value) {
    auto status = store_codec::DecodeStatus(value);
    if (!status) {
      decoded = std::unexpected(status.error());
      return false;
    }
    all.push_back(*std::move(status));
    return true;
  };
  const auto range = KeyRange::WithPrefix(store_keys::kStatusPrefix);
  MOORING_RETURN_IF_ERROR(kv_->Scan(range, Order::kAscending, visit));
  MOORING_RETURN_IF_ERROR(std::move(decoded));
  return all;
}

Result<std::vector<KnownStatus>> RocksDbStore::ListKnown() const {
  auto known = index_.With([](const auto& index) -> std::optional<std::vector<KnownStatus>> {
    if (!index) return std::nullopt;
    return index->Known();
  });
  return known ? *std::move(known) : StoreReader::ListKnown();
}

Result<std::vector<ResourceKey>> RocksDbStore::UsersOf(const ResourceKey& key) const {
  auto users = index_.With([&](const auto& index) -> std::optional<std::vector<ResourceKey>> {
    if (!index) return std::nullopt;
    return index->UsersOf(key);
  });
  return users ? *std::move(users) : StoreReader::UsersOf(key);
}

Result<std::vector<Event>> RocksDbStore::ListEvents(const EventQuery& query) const {
  if (query.after == std::numeric_limits<uint64_t>::max() || query.limit == 0) return {};
  if (query.key) return ListEventsOf(*query.key, query);
  std::vector<Event> events;
  Status decoded;
  const auto visit = [&](std::string_view, std::string_view value) {
    auto event = store_codec::DecodeEvent(value);
    if (!event) {
      decoded = std::unexpected(event.error());
      return false;
    }
    events.push_back(*std::move(event));
    return events.size() < query.limit;
  };
  KeyRange range = KeyRange::WithPrefix(store_keys::kEventPrefix);
  range.begin = store_keys::EventKey(query.after + 1);
  MOORING_RETURN_IF_ERROR(kv_->Scan(range, ScanOrder(query), visit));
  MOORING_RETURN_IF_ERROR(std::move(decoded));
  if (!query.from_oldest) std::reverse(events.begin(), events.end());
  return events;
}

Result<std::vector<Event>> RocksDbStore::ListEventsOf(const ResourceKey& key,
                                                      const EventQuery& query) const {
  std::vector<uint64_t> sequences;
  KeyRange range = KeyRange::WithPrefix(store_keys::EventIndexPrefix(key));
  range.begin = store_keys::EventIndexKey(key, query.after + 1);
  const auto visit = [&](std::string_view index, std::string_view) {
    sequences.push_back(store_keys::SequenceOf(index));
    return sequences.size() < query.limit;
  };
  MOORING_RETURN_IF_ERROR(kv_->Scan(range, ScanOrder(query), visit));
  if (!query.from_oldest) std::reverse(sequences.begin(), sequences.end());
  std::vector<Event> events;
  for (const uint64_t sequence : sequences) {
    MOORING_TRY(std::optional<Event> event, GetEvent(sequence));
    if (event) events.push_back(*std::move(event));  // else it was dropped meanwhile
  }
  return events;
}

Result<std::optional<Event>> RocksDbStore::GetEvent(uint64_t sequence) const {
  MOORING_TRY(const std::optional<std::string> bytes, kv_->Get(store_keys::EventKey(sequence)));
  if (!bytes) return std::nullopt;
  return store_codec::DecodeEvent(*bytes);
}

Result<Intent> RocksDbStore::GetIntent(const ResourceKey& key) const {
  MOORING_TRY(const std::optional<std::string> bytes, kv_->Get(store_keys::IntentKey(key)));
  if (!bytes) return Intent();
  return store_codec::DecodeIntent(*bytes);
}

Result<std::vector<uint64_t>> RocksDbStore::Commit(const StoreBatch& batch, Durability durability) {
  kv::WriteBatch writes;
  for (const ResourceKey& key : batch.gone) {
    writes.Delete(store_keys::StatusKey(key));
    writes.Delete(store_keys::IntentKey(key));
  }
  for (const ResourceStatus& status : batch.statuses) {
    MOORING_TRY(std::string bytes, store_codec::Encode(status));
    writes.Put(store_keys::StatusKey(status.key), std::move(bytes));
  }
  for (const auto& [key, intent] : batch.intents) {
    const std::string intent_key = store_keys::IntentKey(key);
    intent.steps.empty() ? writes.Delete(intent_key)
                         : writes.Put(intent_key, store_codec::Encode(intent));
  }
  if (batch.events.empty()) {
    MOORING_RETURN_IF_ERROR(Write(batch, writes, durability));
    return {};
  }
  return events_.With([&](EventLog& log) -> Result<std::vector<uint64_t>> {
    EventLog next = log;
    MOORING_TRY(std::vector<uint64_t> sequences, AddEvents(next, batch.events, writes));
    MOORING_RETURN_IF_ERROR(Write(batch, writes, durability));
    log = next;
    return sequences;
  });
}

Status RocksDbStore::Write(const StoreBatch& batch, const kv::WriteBatch& writes,
                           Durability durability) {
  MOORING_RETURN_IF_ERROR(kv_->Write(writes, ToSync(durability)));
  if (batch.gone.empty() && batch.statuses.empty()) return {};
  index_.With([&](auto& index) {
    if (!index) return;
    for (const ResourceKey& key : batch.gone) index->Erase(key);
    for (const ResourceStatus& status : batch.statuses) index->Put(status);
  });
  return {};
}

/// Adds the writes of `events` to `writes` and them to `log`, and drops the oldest beyond the
/// limit.
Result<std::vector<uint64_t>> RocksDbStore::AddEvents(EventLog& log,
                                                      const std::vector<Event>& events,
                                                      kv::WriteBatch& writes) const {
  std::vector<uint64_t> sequences;
  std::vector<Event> fresh;
  for (Event event : events) {
    const bool is_new = event.sequence == 0;
    if (is_new) event.sequence = ++log.sequence;
    sequences.push_back(event.sequence);
    if (is_new) {
      fresh.push_back(std::move(event));
      continue;
    }
    MOORING_TRY(const std::optional<Event> existing, GetEvent(event.sequence));
    MOORING_RETURN_IF_ERROR(CheckEventUpdate(existing ? &*existing : nullptr, event));
    writes.Put(store_keys::EventKey(event.sequence), store_codec::Encode(event));
  }
  if (fresh.empty()) return sequences;
  writes.Put(store_keys::kSequence, std::to_string(log.sequence));
  const size_t before = log.count;
  const size_t all = before + fresh.size();
  const size_t too_many = all - std::min(all, limits_.max_events);
  if (const size_t old = std::min(too_many, before); old > 0) {
    MOORING_RETURN_IF_ERROR(DropOldest(log, old, writes));
  }
  fresh.erase(fresh.begin(),
              fresh.begin() + static_cast<std::ptrdiff_t>(too_many - std::min(too_many, before)));
  for (const Event& event : fresh) {
    if (log.count++ == 0) log.oldest = event.sequence;
    writes.Put(store_keys::EventKey(event.sequence), store_codec::Encode(event));
    writes.Put(store_keys::EventIndexKey(event.key, event.sequence), "");
  }
  return sequences;
}

/// Adds the deletion of the `n` oldest events to `batch` and takes them off `log`. REQUIRES: n > 0.
Status RocksDbStore::DropOldest(EventLog& log, size_t n, kv::WriteBatch& batch) const {
  KeyRange range = KeyRange::WithPrefix(store_keys::kEventPrefix);
  range.begin = store_keys::EventKey(log.oldest);
  return kv_->Scan(range, Order::kAscending, [&](std::string_view key, std::string_view value) {
    const uint64_t sequence = store_keys::SequenceOf(key);
    batch.Delete(std::string(key));
    if (const auto event = store_codec::DecodeEvent(value)) {
      batch.Delete(store_keys::EventIndexKey(event->key, sequence));
    }
    --log.count;
    log.oldest = sequence + 1;
    return --n > 0;
  });
}

Status RocksDbStore::DropEventsBefore(Time time) {
  return events_.With([&](EventLog& log) -> Status {
    EventLog next = log;
    next.count = 0;
    kv::WriteBatch batch;
    const auto visit = [&](std::string_view key, std::string_view value) {
      const auto event = store_codec::DecodeEvent(value);
      if (event && event->time >= time) {
        if (next.count++ == 0) next.oldest = event->sequence;
        return true;
      }
      batch.Delete(std::string(key));
      if (event) batch.Delete(store_keys::EventIndexKey(event->key, event->sequence));
      return true;
    };
    const auto range = KeyRange::WithPrefix(store_keys::kEventPrefix);
    MOORING_RETURN_IF_ERROR(kv_->Scan(range, Order::kAscending, visit));
    if (batch.empty()) return {};
    MOORING_RETURN_IF_ERROR(kv_->Write(batch));
    log = next;
    return {};
  });
}

}  // namespace mooring
