// SPDX-License-Identifier: Apache-2.0
// What every Store promises, on the one in memory, on the one on disk, and through those that stand
// in front of another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <thread>

#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/store/memory_store.h"
#include "controller/store/rocks_db_store.h"
#include "controller/store/watched_store.h"
#include "tests/support/reconcile/intercepted_store.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kBuffered = Store::Durability::kBuffered;
constexpr auto kSynced = Store::Durability::kSynced;

Time At(int second) { return Time(seconds(1'772'000'000 + second)); }

ResourceStatus MakeStatus(ResourceKey key, const std::string& revision = "main@sha1:4b1c9e2") {
  ResourceStatus status;
  status.key = std::move(key);
  status.source_file = "apps/shop/app.yaml";
  status.source_line = 4;
  status.source_revision = revision;
  status.observed_spec_digest = "sha256:0d9f";
  status.last_attempted_revision = revision;
  status.last_applied_revision = revision;
  status.last_applied_digest = "sha256:0d9e";
  status.conditions = {{"Ready", ConditionStatus::kTrue, "Succeeded", "3 of 3", revision, At(1)}};
  status.inventory = {{"container/6f0e2c41d9aa", "default_shop_web_1", At(0)}};
  status.drift = {{"/services/web/state", "running", "exited", At(2), At(3)},
                  {"/services/web/image", "a:1", "a:2", At(2), std::nullopt}};
  status.history = {{revision, "drift", At(2), milliseconds(38), 1, "Done"}};
  status.depends_on = {"Database/default/shop"};
  status.details = {{"services", {{"web", {{"replicas", 2}}}}}};
  status.next_run = At(600);
  return status;
}

Event MakeEvent(const std::string& name, int second, const std::string& reason = "Created") {
  Event event;
  event.time = At(second);
  event.first = At(second);
  event.key = {"App", "default", name};
  event.reason = reason;
  event.message = "created container default_" + name + "_1";
  event.revision = "main@sha1:4b1c9e2";
  return event;
}

std::vector<uint64_t> Sequences(const Result<std::vector<Event>>& events) {
  std::vector<uint64_t> sequences;
  EXPECT_TRUE(events) << events.error().ToString();
  for (const Event& event : *events) sequences.push_back(event.sequence);
  return sequences;
}

/// The real ones, and those that stand in front of another.
enum class Kind { kMemory, kRocksDb, kWatched, kIntercepted };

class StoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  StoreContract() { Open({}); }

  void Open(StoreLimits limits) {
    if (GetParam() != Kind::kRocksDb) return OpenInMemory(limits);
    store_.reset();
    auto opened = RocksDbStore::Open(dir_.File("store"), clock_, limits);
    ASSERT_TRUE(opened) << opened.error().ToString();
    EXPECT_EQ((*opened)->note(), "");
    store_ = *std::move(opened);
  }

  void OpenInMemory(StoreLimits limits) {
    auto memory = std::make_unique<MemoryStore>(limits);
    if (GetParam() == Kind::kMemory) {
      store_ = std::move(memory);
    } else if (GetParam() == Kind::kWatched) {
      store_ = std::make_unique<WatchedStore>(
          std::move(memory), WatchedStore::Callbacks{.on_status = [](const ResourceKey&) {},
                                                     .on_new_event = [](const Event&) {},
                                                     .on_repeated_event = [](const Event&) {}});
    } else {
      behind_ = std::move(memory);
      store_ = std::make_unique<testing::InterceptedStore>(*behind_);
    }
  }

  void Put(const ResourceStatus& status, Store::Durability durability = kBuffered) {
    const Status put = store_->PutStatus(status, durability);
    ASSERT_TRUE(put) << put.error().ToString();
  }

  uint64_t Append(const Event& event) {
    const auto sequence = store_->AppendEvent(event);
    EXPECT_TRUE(sequence) << sequence.error().ToString();
    return sequence.value_or(0);
  }

  std::vector<std::string> StatusKeys() {
    std::vector<std::string> keys;
    const auto all = store_->ListStatus();
    EXPECT_TRUE(all) << all.error().ToString();
    for (const ResourceStatus& status : *all) keys.push_back(status.key.ToString());
    return keys;
  }

  TempDir dir_;
  SystemClock clock_;
  std::unique_ptr<Store> behind_;
  std::unique_ptr<Store> store_;
};

TEST_P(StoreContract, StartsEmpty) {
  EXPECT_EQ(store_->GetStatus({"App", "default", "shop"}).value(), std::nullopt);
  EXPECT_THAT(store_->ListStatus().value(), IsEmpty());
  EXPECT_THAT(store_->ListEvents({}).value(), IsEmpty());
}

TEST_P(StoreContract, GivesBackTheStatusThatWasPut) {
  const ResourceStatus status = MakeStatus({"App", "default", "shop"});
  Put(status);
  EXPECT_EQ(store_->GetStatus(status.key).value(), status);
  EXPECT_THAT(store_->ListStatus().value(), ElementsAre(status));
}

TEST_P(StoreContract, ReplacesAStatus) {
  Put(MakeStatus({"App", "default", "shop"}, "main@sha1:old"));
  const ResourceStatus status = MakeStatus({"App", "default", "shop"}, "main@sha1:new");
  Put(status, kSynced);
  EXPECT_THAT(store_->ListStatus().value(), ElementsAre(status));
}

TEST_P(StoreContract, KeepsWholeSecondsOfInstants) {
  ResourceStatus status = MakeStatus({"App", "default", "shop"});
  status.next_run = At(5) + milliseconds(250);
  Put(status);
  EXPECT_EQ(store_->GetStatus(status.key).value()->next_run, At(5));
}

TEST_P(StoreContract, ListsStatusesInTheOrderOfTheirKeys) {
  const std::vector<ResourceKey> sorted = {
      {"App", "a", "x"},       {"App", "a", "x-1"},       {"App", "a", "x.b"}, {"App", "a-b", "a"},
      {"App", "default", "z"}, {"Host", "", "harbour-1"}, {"Site", "a", "a"}};
  ASSERT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
  std::vector<std::string> expected;
  for (const ResourceKey& key : sorted) expected.push_back(key.ToString());
  for (auto key = sorted.rbegin(); key != sorted.rend(); ++key) Put(MakeStatus(*key));
  EXPECT_EQ(StatusKeys(), expected);
}

TEST_P(StoreContract, DeletesAStatusAndNoOther) {
  Put(MakeStatus({"App", "default", "shop"}));
  Put(MakeStatus({"App", "default", "shop-2"}));
  EXPECT_TRUE(store_->DeleteStatus({"App", "default", "shop"}));
  EXPECT_TRUE(store_->DeleteStatus({"App", "default", "never-seen"}));
  EXPECT_THAT(StatusKeys(), ElementsAre("App/default/shop-2"));
}

/// "App/default/shop of fleet", "Site/default/shop of fleet".
std::vector<std::string> KnownOf(const Store& store) {
  std::vector<std::string> lines;
  const auto all = store.ListKnown().value();
  for (const KnownStatus& known : all)
    lines.push_back(known.key.ToString() + " of " + known.source_name);
  return lines;
}

TEST_P(StoreContract, KnowsWhoIsThereAndWhoUsesWhom) {
  const ResourceKey app{"App", "default", "shop"};
  ResourceStatus site{.key = {"Site", "default", "shop"}};
  site.source_name = "fleet";
  site.depends_on = {app.ToString(), "App/default/blog"};
  ResourceStatus other = site;
  other.key.name = "other";
  EXPECT_THAT(store_->UsersOf(app).value(), IsEmpty());
  ASSERT_TRUE(store_->Commit({.statuses = {other, site}}, kBuffered));
  EXPECT_THAT(store_->UsersOf(app).value(), ElementsAre(other.key, site.key));
  EXPECT_THAT(KnownOf(*store_),
              ElementsAre("Site/default/other of fleet", "Site/default/shop of fleet"));
  other.depends_on = {"App/default/blog"};
  other.source_name = "blue";
  ASSERT_TRUE(store_->PutStatus(other, kBuffered));
  EXPECT_THAT(store_->UsersOf(app).value(), ElementsAre(site.key));
  EXPECT_THAT(KnownOf(*store_),
              ElementsAre("Site/default/other of blue", "Site/default/shop of fleet"));
  ASSERT_TRUE(store_->DeleteStatus(site.key));
  EXPECT_THAT(store_->UsersOf(app).value(), IsEmpty());
  EXPECT_THAT(store_->UsersOf({"App", "default", "blog"}).value(), ElementsAre(other.key));
  EXPECT_THAT(KnownOf(*store_), ElementsAre("Site/default/other of blue"));
}

TEST_P(StoreContract, KeepsHostileText) {
  ResourceStatus status = MakeStatus({"App", "default", "shop"});
  status.conditions[0].message = "quote \", newline \n, \xc3\xa9, nul " + std::string(1, '\0');
  Put(status);
  EXPECT_EQ(store_->GetStatus(status.key).value(), status);
  status.conditions[0].message = "not UTF-8: \xff";
  Put(status);
  EXPECT_EQ(store_->GetStatus(status.key).value()->conditions[0].message,
            "not UTF-8: \xef\xbf\xbd");
}

TEST_P(StoreContract, RefusesDetailsThatAreNoObject) {
  ResourceStatus status = MakeStatus({"App", "default", "shop"});
  status.details = nlohmann::json::array({1});
  const Status put = store_->PutStatus(status, kBuffered);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code(), ErrorCode::kInvalidArgument);
}

TEST_P(StoreContract, NumbersEventsFromOne) {
  EXPECT_EQ(Append(MakeEvent("shop", 1)), 1u);
  EXPECT_EQ(Append(MakeEvent("wiki", 2)), 2u);
  Event expected = MakeEvent("shop", 1);
  expected.sequence = 1;
  const auto events = store_->ListEvents({});
  ASSERT_THAT(events.value(), SizeIs(2));
  EXPECT_EQ(events->front(), expected);
}

TEST_P(StoreContract, ListsTheNewestEventsOldestFirst) {
  for (int i = 1; i <= 5; ++i) Append(MakeEvent(i % 2 != 0 ? "shop" : "wiki", i));
  const ResourceKey shop{"App", "default", "shop"};
  EXPECT_THAT(Sequences(store_->ListEvents({})), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(Sequences(store_->ListEvents({.limit = 2})), ElementsAre(4, 5));
  EXPECT_THAT(Sequences(store_->ListEvents({.after = 3})), ElementsAre(4, 5));
  EXPECT_THAT(Sequences(store_->ListEvents({.key = shop})), ElementsAre(1, 3, 5));
  EXPECT_THAT(Sequences(store_->ListEvents({.key = shop, .limit = 2})), ElementsAre(3, 5));
  EXPECT_THAT(Sequences(store_->ListEvents({.after = 1, .key = shop})), ElementsAre(3, 5));
  EXPECT_THAT(Sequences(store_->ListEvents({.limit = 2, .from_oldest = true})), ElementsAre(1, 2));
  EXPECT_THAT(Sequences(store_->ListEvents({.after = 2, .limit = 2, .from_oldest = true})),
              ElementsAre(3, 4));
  EXPECT_THAT(Sequences(store_->ListEvents({.key = shop, .limit = 2, .from_oldest = true})),
              ElementsAre(1, 3));
  EXPECT_THAT(Sequences(store_->ListEvents({.limit = 0})), IsEmpty());
  constexpr uint64_t kLast = std::numeric_limits<uint64_t>::max();
  EXPECT_THAT(Sequences(store_->ListEvents({.after = kLast})), IsEmpty());
  EXPECT_THAT(Sequences(store_->ListEvents({.after = kLast, .key = shop})), IsEmpty());
}

TEST_P(StoreContract, FindsTheEventsOfExactlyOneResource) {
  Append(MakeEvent("shop", 1));
  Append(MakeEvent("shop-2", 2));
  Append(MakeEvent("sho", 3));
  EXPECT_THAT(Sequences(store_->ListEvents({.key = ResourceKey{"App", "default", "shop"}})),
              ElementsAre(1));
}

TEST_P(StoreContract, UpdatesAnEventInPlace) {
  Append(MakeEvent("shop", 1));
  Append(MakeEvent("shop", 2, "Updated"));
  Event event = store_->ListEvents({}).value()[0];
  event.count = 7;
  event.time = At(9);
  ASSERT_TRUE(store_->UpdateEvent(event));
  const auto events = store_->ListEvents({.key = event.key}).value();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0], event);
}

TEST_P(StoreContract, RefusesUpdatesOfOtherEvents) {
  Append(MakeEvent("shop", 1));
  Event event = MakeEvent("shop", 1);
  event.sequence = 2;
  EXPECT_EQ(store_->UpdateEvent(event).error().code(), ErrorCode::kNotFound);
  event.sequence = 1;
  event.key.name = "wiki";
  EXPECT_EQ(store_->UpdateEvent(event).error().code(), ErrorCode::kInvalidArgument);
}

TEST_P(StoreContract, DropsEventsByTheirLastOccurrence) {
  for (int i = 1; i <= 4; ++i) Append(MakeEvent("shop", i));
  Event event = store_->ListEvents({}).value()[1];
  event.time = At(100);
  ASSERT_TRUE(store_->UpdateEvent(event));
  ASSERT_TRUE(store_->DropEventsBefore(At(4)));
  EXPECT_THAT(Sequences(store_->ListEvents({})), ElementsAre(2, 4));
  EXPECT_THAT(Sequences(store_->ListEvents({.key = event.key})), ElementsAre(2, 4));
}

TEST_P(StoreContract, NeverGivesASequenceNumberTwice) {
  Append(MakeEvent("shop", 1));
  Append(MakeEvent("shop", 2));
  ASSERT_TRUE(store_->DropEventsBefore(At(1000)));
  EXPECT_THAT(store_->ListEvents({}).value(), IsEmpty());
  EXPECT_EQ(Append(MakeEvent("shop", 3)), 3u);
}

TEST_P(StoreContract, DropsTheOldestEventsBeyondItsLimit) {
  Open({.max_events = 3});
  for (int i = 1; i <= 10; ++i) Append(MakeEvent(i % 2 != 0 ? "shop" : "wiki", i));
  EXPECT_THAT(Sequences(store_->ListEvents({})), ElementsAre(8, 9, 10));
  EXPECT_THAT(Sequences(store_->ListEvents({.key = ResourceKey{"App", "default", "shop"}})),
              ElementsAre(9));
  ASSERT_TRUE(store_->DropEventsBefore(At(10)));
  for (int i = 11; i <= 13; ++i) Append(MakeEvent("shop", i));
  EXPECT_THAT(Sequences(store_->ListEvents({})), ElementsAre(11, 12, 13));
}

Intent MakeIntent() {
  return {
      {{.object = "container/default_shop_1", .creates = true, .event = MakeEvent("shop", 1)},
       {.object = "network/x", .deletes = true, .corrected = 2, .event = MakeEvent("shop", 2)}}};
}

TEST_P(StoreContract, CommitsABatchAsAWhole) {
  const ResourceKey shop{"App", "default", "shop"};
  const ResourceKey wiki{"App", "default", "wiki"};
  Put(MakeStatus(wiki));
  Append(MakeEvent("shop", 1));
  Event again = store_->ListEvents({}).value()[0];
  again.count = 2;
  const auto sequences =
      store_->Commit({.statuses = {MakeStatus(shop)},
                      .gone = {wiki},
                      .intents = {{shop, MakeIntent()}},
                      .events = {MakeEvent("wiki", 2), again, MakeEvent("shop", 3)}},
                     kSynced);
  EXPECT_THAT(sequences.value(), ElementsAre(2, 1, 3));
  EXPECT_THAT(StatusKeys(), ElementsAre("App/default/shop"));
  EXPECT_EQ(store_->GetIntent(shop).value(), MakeIntent());
  EXPECT_EQ(store_->ListEvents({}).value()[0], again);
  EXPECT_THAT(Sequences(store_->ListEvents({.key = shop})), ElementsAre(1, 3));
}

TEST_P(StoreContract, WritesNothingOfABatchThatItRefuses) {
  const ResourceKey shop{"App", "default", "shop"};
  Event lost = MakeEvent("shop", 1);
  lost.sequence = 7;
  const StoreBatch batch{.statuses = {MakeStatus(shop)},
                         .intents = {{shop, MakeIntent()}},
                         .events = {MakeEvent("shop", 1), lost}};
  EXPECT_EQ(store_->Commit(batch, kBuffered).error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(StatusKeys(), IsEmpty());
  EXPECT_EQ(store_->GetIntent(shop).value(), Intent());
  EXPECT_THAT(store_->ListEvents({}).value(), IsEmpty());
  EXPECT_EQ(Append(MakeEvent("shop", 2)), 1u);
}

TEST_P(StoreContract, AnIntentGoesWhenItIsEmptyAndWithItsStatus) {
  const ResourceKey shop{"App", "default", "shop"};
  EXPECT_EQ(store_->GetIntent(shop).value(), Intent());
  ASSERT_TRUE(store_->Commit({.intents = {{shop, MakeIntent()}}}, kSynced));
  ASSERT_TRUE(store_->Commit({.intents = {{shop, {}}}}, kBuffered));
  EXPECT_EQ(store_->GetIntent(shop).value(), Intent());
  ASSERT_TRUE(store_->Commit({.intents = {{shop, MakeIntent()}}}, kSynced));
  ASSERT_TRUE(store_->DeleteStatus(shop));
  EXPECT_EQ(store_->GetIntent(shop).value(), Intent());
}

TEST_P(StoreContract, ABatchOfMoreEventsThanItKeepsLeavesTheNewest) {
  Open({.max_events = 3});
  for (int i = 1; i <= 2; ++i) Append(MakeEvent("shop", i));
  StoreBatch batch;
  for (int i = 3; i <= 7; ++i) batch.events.push_back(MakeEvent("shop", i));
  EXPECT_THAT(store_->Commit(batch, kBuffered).value(), ElementsAre(3, 4, 5, 6, 7));
  EXPECT_THAT(Sequences(store_->ListEvents({})), ElementsAre(5, 6, 7));
  EXPECT_THAT(Sequences(store_->ListEvents({.key = batch.events[0].key})), ElementsAre(5, 6, 7));
  EXPECT_EQ(Append(MakeEvent("shop", 8)), 8u);
  EXPECT_THAT(Sequences(store_->ListEvents({})), ElementsAre(6, 7, 8));
}

TEST_P(StoreContract, ServesManyThreads) {
  Open({.max_events = 100});
  constexpr int kThreads = 4;
  constexpr int kRounds = 60;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        const std::string name = "app-" + std::to_string(t);
        for (int i = 0; i < kRounds; ++i) {
          EXPECT_TRUE(store_->PutStatus(MakeStatus({"App", "default", name}), kBuffered));
          EXPECT_TRUE(store_->AppendEvent(MakeEvent(name, i)));
          EXPECT_TRUE(store_->ListStatus());
          EXPECT_TRUE(store_->ListEvents({.key = ResourceKey{"App", "default", name}, .limit = 5}));
        }
      });
    }
  }
  EXPECT_THAT(StatusKeys(), SizeIs(kThreads));
  const std::vector<uint64_t> sequences = Sequences(store_->ListEvents({}));
  ASSERT_THAT(sequences, SizeIs(100));
  EXPECT_EQ(sequences.back(), static_cast<uint64_t>(kThreads * kRounds));
  EXPECT_EQ(sequences.front(), sequences.back() - 99);
}

std::string NameOf(const ::testing::TestParamInfo<Kind>& kind) {
  constexpr std::array kNames = {"Memory", "RocksDb", "Watched", "Intercepted"};
  return kNames.at(static_cast<size_t>(kind.param));
}

INSTANTIATE_TEST_SUITE_P(All, StoreContract,
                         ::testing::Values(Kind::kMemory, Kind::kRocksDb, Kind::kWatched,
                                           Kind::kIntercepted),
                         NameOf);

/// What only a store on disk promises.
class PersistentStoreContract : public StoreContract {};

TEST_P(PersistentStoreContract, KeepsEverythingOverReopening) {
  const ResourceStatus status = MakeStatus({"App", "default", "shop"});
  Put(status);
  Append(MakeEvent("shop", 1));
  Append(MakeEvent("wiki", 2));
  Open({});
  EXPECT_THAT(store_->ListStatus().value(), ElementsAre(status));
  EXPECT_THAT(Sequences(store_->ListEvents({})), ElementsAre(1, 2));
  EXPECT_THAT(Sequences(store_->ListEvents({.key = ResourceKey{"App", "default", "wiki"}})),
              ElementsAre(2));
  EXPECT_EQ(Append(MakeEvent("shop", 3)), 3u);
}

TEST_P(PersistentStoreContract, KnowsWhoUsesWhomOverReopening) {
  ResourceStatus site = MakeStatus({"Site", "default", "shop"});
  site.depends_on = {"App/default/shop"};
  Put(site);
  Open({});
  EXPECT_THAT(store_->UsersOf({"App", "default", "shop"}).value(), ElementsAre(site.key));
  EXPECT_THAT(KnownOf(*store_), ElementsAre("Site/default/shop of " + site.source_name));
}

TEST_P(PersistentStoreContract, KeepsItsSequenceOverReopeningWithoutEvents) {
  Append(MakeEvent("shop", 1));
  Append(MakeEvent("shop", 2));
  ASSERT_TRUE(store_->DropEventsBefore(At(1000)));
  Open({});
  EXPECT_EQ(Append(MakeEvent("shop", 3)), 3u);
}

TEST_P(PersistentStoreContract, ObeysASmallerLimitOverReopening) {
  for (int i = 1; i <= 6; ++i) Append(MakeEvent("shop", i));
  Open({.max_events = 2});
  Append(MakeEvent("shop", 7));
  EXPECT_THAT(Sequences(store_->ListEvents({})), ElementsAre(6, 7));
}

INSTANTIATE_TEST_SUITE_P(OnDisk, PersistentStoreContract, ::testing::Values(Kind::kRocksDb),
                         NameOf);

}  // namespace
}  // namespace mooring
