// SPDX-License-Identifier: Apache-2.0
#include "controller/http/streams.h"

#include "controller/store/memory_store.h"
#include "controller/store/watched_store.h"
#include "tests/support/temp_dir/temp_dir.h"
#include "tests/unit/controller/http/stream_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/http/api.h"
#include "controller/web/http_server.h"

namespace mooring::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The API on a store that tells of its writes, as the daemon has it.
class StreamsTest : public ::testing::Test {
 protected:
  StreamsTest() {
    store_ = std::make_unique<WatchedStore>(
        std::make_unique<MemoryStore>(StoreLimits{.max_events = 2000}),
        WatchedStore::Callbacks{
            .on_status = [this](const ResourceKey& key) { changes_.ResourceChanged(key); },
            .on_new_event = [this](const Event&) { changes_.EventAdded(); },
            .on_repeated_event = [this](const Event& event) { changes_.EventRepeated(event); }});
  }
  ~StreamsTest() override { server_->Stop(clock_.Steady() + std::chrono::seconds(20)); }

  void Start(Streams::Options options = {}, web::Limits limits = {}) {
    streams_ = std::make_unique<Streams>(clock_, changes_, options);
    server_ = std::make_unique<web::HttpServer>(clock_, Log(), limits, [](std::string_view token) {
      return Result<Caller>(Caller{std::string(token), std::string(token), Role::kRead});
    });
    RegisterApi(
        *server_,
        {.store = *store_,
         .list_desired = [this] { return desired_.With([](const auto& set) { return set; }); },
         .revision = [](const ResourceKey&) { return std::string("main@sha1:c1"); },
         .find_desired = [this](const ResourceKey& key) { return Find(key); },
         .in_use_by = [](const ResourceKey&) { return std::vector<std::string>(); }},
        *streams_);
    ASSERT_TRUE(server_->Start({{.address = {.unix_path = socket_}}}));
  }
  ResourcePtr Find(const ResourceKey& key) {
    return desired_.With([&](const std::vector<ResourcePtr>& set) -> ResourcePtr {
      for (const ResourcePtr& resource : set) {
        if (resource->key == key) return resource;
      }
      return nullptr;
    });
  }
  void Desire(const std::vector<std::string>& names) {
    std::vector<ResourcePtr> set;
    for (const std::string& name : names) {
      auto resource = std::make_shared<Resource>();
      resource->key = *ResourceKey::Parse(name);
      set.push_back(std::move(resource));
    }
    desired_.With([&](auto& current) { current = std::move(set); });
  }
  void PutStatus(const std::string& name) {
    ResourceStatus status;
    status.key = *ResourceKey::Parse(name);
    ASSERT_TRUE(store_->PutStatus(status, Store::Durability::kBuffered));
  }
  Event Append(const std::string& resource, const std::string& message) {
    Event event{.key = *ResourceKey::Parse(resource), .reason = "Updated", .message = message};
    event.sequence = store_->AppendEvent(event).value();
    return event;
  }
  StreamReader Read(const std::string& path, std::vector<std::string> headers = {}) {
    headers.emplace_back("Authorization: Bearer reader");
    return StreamReader(socket_, "/api/v1/" + path, std::move(headers));
  }

  SystemClock clock_;
  TempDir folder_;
  const std::string socket_ = folder_.File("s.sock");
  Changes changes_;
  Guarded<std::vector<ResourcePtr>> desired_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Streams> streams_;
  std::unique_ptr<web::HttpServer> server_;
};

TEST_F(StreamsTest, EventsComeAsTheyHappen) {
  Start();
  Append("App/default/shop", "before");
  auto stream = Read("events/stream");
  Append("App/default/shop", "one");
  EXPECT_THAT(stream.NextWords(1), ElementsAre("event 2 one"));
  Append("App/default/wiki", "two");
  const auto next = stream.Next(1);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].data["resource"], "App/default/wiki");
  EXPECT_EQ(next[0].data["sequence"], 3);
}

TEST_F(StreamsTest, AClientGoesOnWhereItWas) {
  Start();
  for (const char* text : {"a", "b", "c"}) Append("App/default/shop", text);
  EXPECT_THAT(Read("events/stream?after=1").NextWords(2), ElementsAre("event 2 b", "event 3 c"));
  EXPECT_THAT(Read("events/stream?after=0").NextWords(3),
              ElementsAre("event 1 a", "event 2 b", "event 3 c"));
  // What the client saw last counts more than the address that it first asked.
  EXPECT_THAT(Read("events/stream?after=0", {"Last-Event-ID: 2"}).NextWords(1),
              ElementsAre("event 3 c"));
}

TEST_F(StreamsTest, OneResourcesEventsOnly) {
  Start();
  Append("App/default/shop", "a");
  Append("App/default/wiki", "b");
  auto stream = Read("events/stream?after=0&resource=App/default/wiki");
  EXPECT_THAT(stream.NextWords(1), ElementsAre("event 2 b"));
  Append("App/default/shop", "c");
  Append("App/default/wiki", "d");
  EXPECT_THAT(stream.NextWords(1), ElementsAre("event 4 d"));
}

TEST_F(StreamsTest, ARepeatedEventComesAgainWithItsCountAndNoId) {
  Start();
  Event event = Append("App/default/shop", "again");
  auto stream = Read("events/stream?after=0");
  EXPECT_THAT(stream.NextWords(1), ElementsAre("event 1 again"));
  event.count = 2;
  ASSERT_TRUE(store_->UpdateEvent(event));
  const auto next = stream.Next(1);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].id, "");
  EXPECT_EQ(next[0].data["count"], 2);
}

TEST_F(StreamsTest, WhatIsNoTextInAnEventIsReplaced) {
  Start();
  auto stream = Read("events/stream");
  Event event = Append("App/default/shop", "engine said \xff");
  EXPECT_EQ(stream.Next(1)[0].data["message"], "engine said \xef\xbf\xbd");
  event.count = 2;
  ASSERT_TRUE(store_->UpdateEvent(event));
  EXPECT_EQ(stream.Next(1)[0].data["message"], "engine said \xef\xbf\xbd");
}

TEST_F(StreamsTest, AGapIsSaidFirst) {
  Start();
  for (int i = 0; i < 2100; ++i) Append("App/default/shop", std::to_string(i));
  auto stream = Read("events/stream?after=50");
  const auto next = stream.Next(2001);
  ASSERT_EQ(next.size(), 2001u);
  EXPECT_EQ(next[0].event, "gap");
  EXPECT_EQ(next[0].data, Json({{"after", 50}, {"next", 101}}));
  EXPECT_EQ(next[1].id, "101");
  EXPECT_EQ(next[2000].id, "2100");
}

TEST_F(StreamsTest, AHistoryThatBeganAnewIsAGap) {
  Start();
  Append("App/default/shop", "first");
  auto stream = Read("events/stream", {"Last-Event-ID: 700"});
  EXPECT_EQ(stream.Next(1).at(0).data, Json({{"after", 700}, {"next", 1}}));
  EXPECT_THAT(stream.NextWords(1), ElementsAre("event 1 first"));
}

TEST_F(StreamsTest, ResourcesComeFirstAllThenTheirChanges) {
  Start();
  Desire({"App/default/shop", "Site/default/shop"});
  PutStatus("App/default/old");
  auto stream = Read("resources/stream");
  EXPECT_THAT(stream.NextWords(4),
              ElementsAre("resource App/old", "resource App/shop", "resource Site/shop", "sync"));
  PutStatus("App/default/shop");
  EXPECT_THAT(stream.NextWords(1), ElementsAre("resource App/shop"));
  ASSERT_TRUE(store_->DeleteStatus({"App", "default", "old"}));
  EXPECT_THAT(stream.NextWords(1), ElementsAre("deleted App/old"));
  Desire({"App/default/shop", "App/default/wiki"});
  changes_.DesiredChanged({{"Site", "default", "shop"}});
  EXPECT_THAT(stream.NextWords(3),
              ElementsAre("resource App/shop", "resource App/wiki", "deleted Site/shop"));
}

TEST_F(StreamsTest, ResourcesCanBeChosen) {
  Start();
  Desire({"App/default/shop", "App/blue/shop", "Site/default/shop"});
  auto stream = Read("resources/stream?kind=App&namespace=default&name=shop");
  EXPECT_THAT(stream.NextWords(2), ElementsAre("resource App/shop", "sync"));
  PutStatus("App/blue/shop");
  PutStatus("Site/default/shop");
  PutStatus("App/default/shop");
  const auto next = stream.Next(1);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].data["metadata"]["namespace"], "default");
}

TEST_F(StreamsTest, AQuietStreamShowsThatItLives) {
  Start({.heartbeat = std::chrono::milliseconds(50)});
  EXPECT_TRUE(Read("events/stream").AwaitComment());
}

TEST_F(StreamsTest, TooManyAreToldToComeBack) {
  Start({.max_open = 2, .heartbeat = std::chrono::milliseconds(50)});
  auto first = Read("events/stream");
  {
    auto second = Read("events/stream");
    auto third = Read("resources/stream");
    EXPECT_TRUE(third.AwaitEnd());
    EXPECT_EQ(third.status(), 503);
  }
  // A client that left is noticed with the next heartbeat.
  const SteadyTime patience = clock_.Steady() + std::chrono::seconds(20);
  bool taken = false;
  while (!taken && clock_.Steady() < patience) {
    auto again = Read("resources/stream");
    taken = !again.Next(1).empty();
  }
  EXPECT_TRUE(taken);
}

TEST_F(StreamsTest, ARevokedTokenEndsItsStreams) {
  std::atomic<bool> valid = true;
  Start({.may_continue = [&](const std::string& id) { return id != "reader" || valid; },
         .look = std::chrono::milliseconds(20)});
  auto stream = Read("resources/stream");
  EXPECT_THAT(stream.NextWords(1), ElementsAre("sync"));
  valid = false;
  EXPECT_TRUE(stream.AwaitEnd());
}

TEST_F(StreamsTest, WrongQueriesAreRefused) {
  Start();
  for (const char* path : {"events/stream?after=x", "events/stream?limit=3",
                           "events/stream?resource=shop", "resources/stream?kinds=App"}) {
    auto stream = Read(path);
    EXPECT_TRUE(stream.AwaitEnd());
    EXPECT_EQ(stream.status(), 400) << path;
  }
  auto stream = Read("events/stream", {"Last-Event-ID: x"});
  EXPECT_TRUE(stream.AwaitEnd());
  EXPECT_EQ(stream.status(), 400);
}

TEST_F(StreamsTest, StoppingTheServerEndsThem) {
  Start();
  auto events = Read("events/stream");
  auto resources = Read("resources/stream");
  const SteadyTime begin = clock_.Steady();
  server_->Stop(begin + std::chrono::seconds(30));
  EXPECT_LT(clock_.Steady() - begin, std::chrono::seconds(20));
  EXPECT_TRUE(events.AwaitEnd());
  EXPECT_TRUE(resources.AwaitEnd());
}

TEST_F(StreamsTest, MoreThanABufferHoldsArrivesWhole) {
  Start();
  const std::string text(10'000, 'x');
  for (int i = 0; i < 500; ++i) Append("App/default/shop", text);
  auto stream = Read("events/stream?after=0");
  const auto all = stream.Next(500);
  ASSERT_EQ(all.size(), 500u);
  EXPECT_EQ(all[499].id, "500");
}

}  // namespace
}  // namespace mooring::http
