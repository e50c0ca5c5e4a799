// SPDX-License-Identifier: Apache-2.0
// What happens to the mirror.
#include <filesystem>
#include <fstream>

#include "tests/contract/git/following.h"

namespace mooring::test {
namespace {

namespace fs = std::filesystem;

class FetchMirror : public testing::Test {
 protected:
  void SetUp() override {
    repo_.Write("a.yaml", "one");
    first_ = repo_.Commit("one");
  }
  git::FetchRequest Request() const { return {.url = server_.Url(repo_.path())}; }
  static fs::path PackOf(const Following& main, const std::string& extension) {
    for (const auto& file : fs::directory_iterator(main.mirror() + "/objects/pack")) {
      if (file.path().extension() == extension) return file.path();
    }
    return {};
  }

  TempGitRepo repo_{TempGitRepo::Kind::kBare};
  std::string first_;  ///< its first commit
  WebGitServer server_;
};

TEST_F(FetchMirror, IsClonedAgainWhenItIsDamaged) {
  const std::vector<std::function<void(const Following&)>> damages = {
      [](const Following& f) { fs::resize_file(PackOf(f, ".pack"), 100); },
      [](const Following& f) { fs::remove(PackOf(f, ".idx")); },
      [](const Following& f) { fs::remove(f.mirror() + "/HEAD"); },
      [](const Following& f) {
        std::ofstream(f.mirror() + "/refs/mooring/followed") << "nonsense\n";
      },
      [](const Following& f) { fs::remove_all(f.mirror() + "/objects"); }};
  for (size_t i = 0; i < damages.size(); ++i) {
    Following main(Request());
    ASSERT_EQ(main.Read("a.yaml"), "one");
    EXPECT_THAT(main.replaced, IsEmpty());
    fs::permissions(PackOf(main, ".pack"), fs::perms::owner_write, fs::perm_options::add);
    damages[i](main);
    EXPECT_EQ(main.Read("a.yaml"), "one") << i;
    ASSERT_EQ(main.replaced.size(), 1U) << i;
    EXPECT_THAT(main.replaced[0], StartsWith("damaged: "));
    EXPECT_EQ(main.Read("a.yaml"), "one") << i;
    EXPECT_EQ(main.replaced.size(), 1U) << i;
  }
}

TEST_F(FetchMirror, IsClonedAgainWhenItIsDistrusted) {
  Following main(Request());
  ASSERT_EQ(main.Read("a.yaml"), "one");
  main.source().Distrust();
  EXPECT_EQ(main.Read("a.yaml"), "one");
  EXPECT_EQ(main.replaced.size(), 1U);
}

TEST_F(FetchMirror, OfAnotherUrlIsReplacedOnlyByAWholeOne) {
  const TempDir dir;
  auto request = Request();
  request.mirror = dir.File("fleet.git");
  const std::string commit = Following(request).Poll();
  auto gone = request;
  gone.url = server_.Url("/nonexistent.git");
  EXPECT_THAT(Following(gone).Poll(), HasSubstr("no such repository"));
  EXPECT_TRUE(Following(request).source().Fetch({"main", commit}, {}))
      << "the last good revision outlives a URL that does not work";
  TempGitRepo other(TempGitRepo::Kind::kBare);
  other.Write("a.yaml", "other");
  other.Commit("other");
  request.url = server_.Url(other.path());
  Following moved(request);
  EXPECT_EQ(moved.Read("a.yaml"), "other");
  EXPECT_THAT(moved.replaced, testing::ElementsAre("of " + server_.Url(repo_.path())));
}

TEST_F(FetchMirror, HasTheTagsOfWhatItFollows) {
  repo_.Write("a.yaml", "two");
  const std::string second = repo_.Commit("two");
  Following main(Request());
  ASSERT_EQ(main.Read("a.yaml"), "two");
  const auto find = [&](const std::string& name) {
    const auto found = main.source().FindInHistory(name);
    return found ? found->commit : found.error().ToString();
  };
  EXPECT_THAT(find("v1"), HasSubstr("v1: the mirror of main has no such commit or tag"));
  repo_.Tag("v1", first_, "annotated");
  repo_.Tag("releases/2", second);
  ASSERT_EQ(main.Poll(), second) << "nothing new is followed, and the tags are seen all the same";
  EXPECT_EQ(find("v1"), first_);
  EXPECT_EQ(find("releases/2~1"), first_);

  // As a fetch that was killed may leave it.
  std::ofstream(main.mirror() + "/refs/tags/v1.lock") << "";
  repo_.Tag("v1", second);
  repo_.DeleteTag("releases/2");
  repo_.Tag("releases", first_);
  repo_.Switch("aside");
  repo_.Write("a.yaml", "three");
  repo_.Tag("v3", repo_.Commit("three"));
  ASSERT_EQ(main.Poll(), second);
  EXPECT_EQ(find("v1"), second);
  EXPECT_EQ(find("releases"), first_);
  EXPECT_THAT(find("releases/2"), HasSubstr("no such commit or tag"));
  EXPECT_THAT(find("v3"), HasSubstr("no such commit or tag")) << "it is not of main";
}

TEST_F(FetchMirror, TakesNoMoreThanTheLimit) {
  Following main(Request());
  ASSERT_EQ(main.Read("a.yaml"), "one");
  auto request = Request();
  request.mirror = main.mirror();
  request.max_bytes = 200'000;
  repo_.Write("large.bin", Noise(900'000));
  repo_.Commit("a large file");
  Following limited(request);
  EXPECT_THAT(limited.Poll(), HasSubstr("it brings more than 195 KiB, which is the limit"));
  repo_.Remove("large.bin");
  repo_.Write("a.yaml", "two");
  repo_.Amend("without it");
  EXPECT_EQ(limited.Read("a.yaml"), "two");
  EXPECT_THAT(limited.replaced, IsEmpty());
}

}  // namespace
}  // namespace mooring::test
