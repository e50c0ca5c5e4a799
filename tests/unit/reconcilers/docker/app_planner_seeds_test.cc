// SPDX-License-Identifier: Apache-2.0
// Volumes that are filled when they are made: once, and whatever happens in between.
#include <gmock/gmock.h>

#include "controller/base/digest.h"
#include "controller/resource/repository_files.h"
#include "tests/support/docker/app_fixture.h"
#include "tests/support/docker/tar.h"

namespace mooring::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Files = std::map<std::string, std::string>;

constexpr char kData[] = "default_shop_data";
constexpr char kMark[] = "mooring-seed_default_shop_data";

class AppSeeds : public AppFixture {
 protected:
  /// The App with a seed from `from`, as the loader gives it of `files`.
  static Resource Seeded(const Files& files, const std::string& from = "./seed",
                         Json more = Json::object()) {
    Json seed = {{"volume", "data"}, {"from", from}};
    seed.update(more);
    const Json mount = {{"type", "volume"}, {"source", "data"}, {"target", "/data"}};
    Resource app = App({{"web", Service("web:1", {{"volumes", {mount}}})}}, {},
                       {{"volumes", {{"data", Json::object()}}}, {"seeds", {seed}}});
    MemoryFileTree tree;
    for (const auto& [path, content] : files) tree.Put(path, content);
    auto used = std::make_shared<RepositoryFiles>();
    used->entries = tree.entries();
    used->digest = DigestOfEntries(used->entries, "");
    used->contents = tree.contents();
    app.spec_digest = SpecDigest(app.spec, app.derived, used->digest);
    app.files = std::move(used);
    return app;
  }
  static Resource Unseeded() {
    Resource app = Seeded({});
    app.spec.erase("seeds");
    app.spec_digest = SpecDigest(app.spec, app.derived);
    return app;
  }
  std::vector<std::string> WritesOf(const Resource& app) {
    const ResourcePlan plan = Plan(app);
    host.ResetCalls();
    std::ignore = loop->Apply(plan);
    return host.calls();
  }
  Json MarkLabels(const std::string& name = "shop") {
    return {{"mooring.dev/instance", "host-1"},
            {"mooring.dev/kind", "App"},
            {"mooring.dev/namespace", "default"},
            {"mooring.dev/name", name},
            {"mooring.dev/seed-of", kData}};
  }

  const Files kSeed{{"seed/a.txt", "one"}, {"seed/b/c.txt", "two"}};
};

TEST_F(AppSeeds, FillsANewVolumeOnceAndBeforeItIsUsed) {
  const Resource app = Seeded(kSeed);
  EXPECT_EQ(Step(app),
            "create network/default_shop: new\n"
            "create volume/default_shop_data: new, filled from ./seed\n"
            "create container/default_shop_web_1: new\n");
  EXPECT_EQ(host.FilesIn(kData), (Files{{"a.txt", "one"}, {"b/c.txt", "two"}}));
  EXPECT_FALSE(host.HasVolume(kMark));
  EXPECT_EQ(Containers(), "default_shop_web_1 running web:1\n");
  Converge(app);
}

TEST_F(AppSeeds, AChangedSeedChangesNothingAndIsTold) {
  Converge(Seeded(kSeed));
  const Resource other = Seeded({{"seed/a.txt", "changed"}});
  const ResourcePlan plan = Plan(other);
  EXPECT_EQ(Lines(plan), "");
  EXPECT_THAT(plan.notes, ::testing::ElementsAre("./seed changed; volume default_shop_data was "
                                                 "filled already, and stays as it is"));
  Converge(other);
  EXPECT_EQ(host.FilesIn(kData).at("a.txt"), "one");
  EXPECT_THAT(Plan(other).notes, IsEmpty());
}

TEST_F(AppSeeds, AVolumeThatIsThereIsNotTouched) {
  Converge(Unseeded());
  Converge(Seeded(kSeed));
  EXPECT_THAT(host.FilesIn(kData), IsEmpty());
  EXPECT_FALSE(host.HasVolume(kMark));
}

TEST_F(AppSeeds, OneFileLiesInTheVolumeUnderItsName) {
  Step(Seeded({{"conf/start.sql", "select 1"}}, "./conf/start.sql"));
  EXPECT_EQ(host.FilesIn(kData), (Files{{"start.sql", "select 1"}}));
}

TEST_F(AppSeeds, AnArchiveIsUnpackedAndMustBeTheOneThatIsMeant) {
  const Files files{{"seed.tar", TarOf("x/y.txt", "packed")}};
  const std::string right = Sha256Hex(files.at("seed.tar"));
  const Resource wrong = Seeded(files, "./seed.tar", {{"sha256", std::string(64, '0')}});
  const ResourcePlan plan = Plan(wrong);
  const Status applied = loop->Apply(plan);
  ASSERT_FALSE(applied);
  EXPECT_THAT(applied.error().message(), HasSubstr("./seed.tar has the SHA-256 " + right));
  EXPECT_THAT(host.FilesIn(kData), IsEmpty());
  EXPECT_EQ(Containers(), "");
  Converge(Seeded(files, "./seed.tar", {{"sha256", right}}));
  EXPECT_EQ(host.FilesIn(kData), (Files{{"x/y.txt", "packed"}}));
}

/// A host of its own for each crash.
class OneCrash : public AppSeeds {
 public:
  void TestBody() override {}

  size_t CountWrites() { return WritesOf(Seeded(kSeed)).size(); }

  /// The process dies at its nth write, before it is done or after.
  void DieAt(int nth, bool done) {
    const Resource app = Seeded(kSeed);
    const ResourcePlan plan = Plan(app);
    if (done) {
      host.TimeOutWrite(nth);
    } else {
      host.FailWrite(nth, Error(ErrorCode::kUnavailable, "dead"));
    }
    std::ignore = loop->Apply(plan);
    host.ClearFaults();
    Restart();
    Converge(app);
    EXPECT_EQ(host.FilesIn(kData), (Files{{"a.txt", "one"}, {"b/c.txt", "two"}}));
    EXPECT_FALSE(host.HasVolume(kMark));
    EXPECT_EQ(Containers(), "default_shop_web_1 running web:1\n");
  }
};

TEST(AppSeedsCrash, IsFinishedByTheNextProcessWhereverThisOneDies) {
  const size_t writes = OneCrash().CountWrites();
  ASSERT_GE(writes, 8U);
  for (size_t nth = 1; nth <= writes; ++nth) {
    for (const bool done : {false, true}) {
      SCOPED_TRACE(fmt::format("write {}, {}", nth, done ? "done" : "not done"));
      OneCrash().DieAt(static_cast<int>(nth), done);
    }
  }
}

/// Gives only the first of the files before the process dies.
class CutContents final : public FileContents {
 public:
  Result<std::string> Read(const FileTree::Entry&) const override {
    if (read_++ > 0) return Fail(ErrorCode::kUnavailable, "dead");
    return "one";
  }

 private:
  mutable int read_ = 0;
};

TEST_F(AppSeeds, AVolumeWithAPartOfItsSeedIsNotUsed) {
  const Resource app = Seeded(kSeed);
  Resource cut = app;
  auto files = std::make_shared<RepositoryFiles>(*app.files);
  files->contents = std::make_shared<CutContents>();
  cut.files = files;
  EXPECT_FALSE(loop->Apply(Plan(cut)));
  EXPECT_EQ(host.FilesIn(kData), (Files{{"a.txt", "one"}}));
  EXPECT_EQ(Containers(), "default_shop_seed-data created web:1\n");
  Converge(app);
  EXPECT_EQ(host.FilesIn(kData).size(), 2U);
}

TEST_F(AppSeeds, WhatWasHalfFilledFromAnEarlierSeedIsMadeAnew) {
  const Resource app = Seeded(kSeed);
  const ResourcePlan plan = Plan(app);
  // Network, mark, volume, container, archive; the container stays.
  host.FailWrite(6, Error(ErrorCode::kUnavailable, "dead"));
  ASSERT_FALSE(loop->Apply(plan));
  ASSERT_TRUE(host.HasVolume(kMark));
  ASSERT_EQ(Containers(), "default_shop_seed-data created web:1\n");
  Restart();
  const Resource other = Seeded({{"seed/z.txt", "new"}});
  EXPECT_EQ(Step(other),
            "create volume/default_shop_data: filling it was cut short: filled from ./seed\n"
            "create container/default_shop_web_1: new\n");
  EXPECT_EQ(host.FilesIn(kData), (Files{{"z.txt", "new"}}));
}

TEST_F(AppSeeds, WithoutItsSeedAHalfFilledVolumeIsMadeEmpty) {
  const ResourcePlan plan = Plan(Seeded(kSeed));
  host.FailWrite(6, Error(ErrorCode::kUnavailable, "dead"));
  ASSERT_FALSE(loop->Apply(plan));
  Converge(Unseeded());
  EXPECT_THAT(host.FilesIn(kData), IsEmpty());
  EXPECT_TRUE(host.HasVolume(kData));
  EXPECT_FALSE(host.HasVolume(kMark));
}

TEST_F(AppSeeds, WhatAContainerUsesIsNeverFilledNorRemoved) {
  const Resource app = Seeded(kSeed);
  Converge(app);
  // By hand, or by whatever else: the mark says half filled, the container that it is used.
  ASSERT_TRUE(host.CreateVolume({{"Name", kMark}, {"Labels", MarkLabels()}}, {}));
  EXPECT_EQ(Step(app),
            "delete volume/mooring-seed_default_shop_data: default_shop_data is in use, and stays "
            "as it is\n");
  EXPECT_EQ(host.FilesIn(kData).size(), 2U);
  Converge(app);
}

TEST_F(AppSeeds, AVolumeOfSomebodyElseBesideAMarkIsKept) {
  ASSERT_TRUE(host.CreateVolume({{"Name", kMark}, {"Labels", MarkLabels()}}, {}));
  ASSERT_TRUE(host.CreateVolume({{"Name", kData}, {"Labels", {{"owner", "me"}}}}, {}));
  Converge(Seeded(kSeed));
  EXPECT_THAT(host.FilesIn(kData), IsEmpty());
  EXPECT_FALSE(host.HasVolume(kMark));
}

TEST_F(AppSeeds, AVolumeThatCameToBeSinceThePlanIsNotTouched) {
  const Resource app = Seeded(kSeed);
  const ResourcePlan plan = Plan(app);
  ASSERT_TRUE(host.CreateVolume({{"Name", kData}, {"Labels", {{"owner", "me"}}}}, {}));
  const Status applied = loop->Apply(plan);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code(), ErrorCode::kAborted);
  Converge(app);
  EXPECT_THAT(host.FilesIn(kData), IsEmpty());
}

TEST_F(AppSeeds, WaitsForAnotherAppThatFillsTheVolume) {
  ASSERT_TRUE(host.CreateVolume({{"Name", kMark}, {"Labels", MarkLabels("blog")}}, {}));
  ASSERT_TRUE(host.CreateVolume({{"Name", kData}}, {}));
  const ResourcePlan plan = Plan(Seeded(kSeed));
  ASSERT_TRUE(plan.blocked);
  EXPECT_THAT(plan.blocked->message(),
              HasSubstr("volume default_shop_data is being filled of App/default/blog"));
}

TEST_F(AppSeeds, AVolumeThatVanishedIsDriftAndFilledAgain) {
  const Resource app = Seeded(kSeed);
  Converge(app);
  ASSERT_TRUE(host.RemoveContainer("default_shop_web_1", {}));
  ASSERT_TRUE(host.RemoveVolume(kData, {}));
  EXPECT_THAT(Lines(Plan(app)),
              HasSubstr("create volume/default_shop_data: missing: filled from ./seed (drift)"));
  Converge(app);
  EXPECT_EQ(host.FilesIn(kData).size(), 2U);
}

TEST_F(AppSeeds, AnAppThatGoesInTheMiddleIsFilledWhenItComesBack) {
  const Resource app = Seeded(kSeed);
  const ResourcePlan plan = Plan(app);
  host.FailWrite(6, Error(ErrorCode::kUnavailable, "dead"));
  ASSERT_FALSE(loop->Apply(plan));
  const ResourcePlan gone = Plan(nullptr, app.key);
  EXPECT_THAT(Lines(gone), HasSubstr("delete container/default_shop_seed-data"));
  EXPECT_THAT(gone.notes,
              ::testing::Contains(::testing::HasSubstr("data kept: volume default_shop_data (")));
  Finish(nullptr, app.key);
  EXPECT_EQ(Containers(), "");
  Converge(app);
  EXPECT_EQ(host.FilesIn(kData).size(), 2U);
}

}  // namespace
}  // namespace mooring::testing
