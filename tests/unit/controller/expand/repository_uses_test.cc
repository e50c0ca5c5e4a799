// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/repository_uses.h"

#include <gmock/gmock.h>

#include "controller/base/digest.h"
#include "controller/resource/repository_files.h"

namespace mooring::expand {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RepositoryUsesTest : public ::testing::Test {
 protected:
  void PutApp(const std::string& rest) {
    tree_.Put("apps/a.yaml",
              "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec:\n" + rest);
  }
  void PutConfig(const std::string& path) {
    PutApp("  services: {web: {image: \"web:1\", configs: [flags]}}\n  configs: {flags: {file: " +
           path + "}}\n");
  }
  void PutBind(const std::string& path) {
    PutApp("  services: {web: {image: \"web:1\", volumes: [{type: bind, source: " + path +
           ", target: /conf}]}}\n");
  }
  void PutSeed(const std::string& seed) {
    PutApp(
        "  services: {web: {image: \"web:1\", volumes: [\"data:/data\"]}}\n  volumes: {data: {}}\n"
        "  seeds: [" +
        seed + "]\n");
  }
  ResourcePtr Load() {
    findings_.clear();
    auto loaded = loader_.Load(tree_);
    EXPECT_TRUE(loaded);
    EXPECT_TRUE(uses_.Find(tree_, *loaded));
    for (const Diagnostic& finding : loaded->diagnostics) findings_.push_back(finding.ToString());
    return loaded->resources.empty() ? nullptr : loaded->resources.front();
  }
  std::vector<std::string> PathsOf(const ResourcePtr& app) {
    std::vector<std::string> paths;
    for (const FileTree::Entry& entry : app->files->entries) paths.push_back(entry.path);
    return paths;
  }

  MemoryFileTree tree_;
  manifest::Loader loader_;
  RepositoryUses uses_{{.file_bytes = 100, .all_bytes = 150, .files = 4}};
  std::vector<std::string> findings_;
};

TEST_F(RepositoryUsesTest, FindsFilesAndFolders) {
  tree_.Put("apps/flags.txt", "x");
  tree_.Put("apps/conf/a", "1");
  tree_.Put("apps/conf/b/c", "2");
  tree_.Put("apps/confetti", "3");
  PutConfig("./flags.txt");
  EXPECT_THAT(PathsOf(Load()), ElementsAre("apps/flags.txt"));
  PutBind("./conf/");
  EXPECT_THAT(PathsOf(Load()), ElementsAre("apps/conf/a", "apps/conf/b/c"));
  EXPECT_THAT(findings_, IsEmpty());
}

TEST_F(RepositoryUsesTest, TheContentCountsInTheDigestAndNothingElseDoes) {
  tree_.Put("apps/flags.txt", "x");
  PutConfig("./flags.txt");
  const ResourcePtr first = Load();
  tree_.Put("apps/unrelated.txt", "y");
  EXPECT_EQ(Load(), first);
  tree_.Put("apps/flags.txt", "z");
  const ResourcePtr second = Load();
  EXPECT_NE(second->spec_digest, first->spec_digest);
  EXPECT_EQ(*second->files->contents->Read(second->files->entries.front()), "z");
}

TEST_F(RepositoryUsesTest, SaysWhatIsNotThereAndWhere) {
  tree_.Put("apps/flags.txt", "x");
  PutConfig("./flag.txt");
  Load();
  EXPECT_THAT(findings_,
              ElementsAre("apps/a.yaml:6:27: there is no ./apps/flag.txt in the repository; did "
                          "you mean ./apps/flags.txt?"));
}

TEST_F(RepositoryUsesTest, RefusesLinksThatLeaveAndKeepsOthers) {
  tree_.Put("apps/conf/a", "1");
  tree_.Put("apps/conf/near", "a", FileTree::Type::kSymlink);
  PutBind("./conf");
  EXPECT_THAT(PathsOf(Load()), ElementsAre("apps/conf/a", "apps/conf/near"));
  tree_.Put("apps/conf/away", "../../secret", FileTree::Type::kSymlink);
  Load();
  EXPECT_THAT(findings_, ElementsAre("apps/a.yaml:5:67: the symbolic link ./apps/conf/away leads "
                                     "out of ./apps/conf, to ../../secret; put the file itself "
                                     "here"));
}

TEST_F(RepositoryUsesTest, RefusesWhatIsTooLarge) {
  tree_.Put("apps/conf/a", std::string(101, 'x'));
  PutBind("./conf");
  Load();
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_THAT(findings_[0], ::testing::HasSubstr("./apps/conf/a has 101 B, more than the 100 B"));
  tree_.Put("apps/conf/a", std::string(80, 'x'));
  tree_.Put("apps/conf/b", std::string(80, 'x'));
  Load();
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_THAT(findings_[0], ::testing::HasSubstr("uses 160 B of the repository, more than 150 B"));
}

TEST_F(RepositoryUsesTest, RefusesCiphertext) {
  tree_.Put("apps/conf/db.sops.env", "PASSWORD=ENC[AES256_GCM,data:x]");
  PutBind("./conf");
  Load();
  ASSERT_EQ(findings_.size(), 1U);
  EXPECT_THAT(findings_[0], ::testing::HasSubstr("is encrypted by SOPS"));
}

TEST_F(RepositoryUsesTest, SeedsAreFilesThatItUses) {
  tree_.Put("apps/seed/a", "1");
  PutSeed("{volume: data, from: ./seed}");
  EXPECT_THAT(PathsOf(Load()), ElementsAre("apps/seed/a"));
  tree_.Put("apps/start.sql", "2");
  PutSeed("{volume: data, from: ./start.sql}");
  EXPECT_THAT(PathsOf(Load()), ElementsAre("apps/start.sql"));
  EXPECT_THAT(findings_, IsEmpty());
}

TEST_F(RepositoryUsesTest, TheSha256OfASeedIsHeldAgainstIt) {
  const std::string content = "2";
  tree_.Put("apps/seed/start.sql", content);
  PutSeed("{volume: data, from: ./seed/start.sql, sha256: " + Sha256Hex(content) + "}");
  Load();
  EXPECT_THAT(findings_, IsEmpty());
  PutSeed("{volume: data, from: ./seed/start.sql, sha256: " + std::string(64, 'a') + "}");
  Load();
  EXPECT_THAT(findings_, ElementsAre("apps/a.yaml:7:58: ./apps/seed/start.sql has the SHA-256 " +
                                     Sha256Hex(content) +
                                     "; see which of the two is wrong; nothing is filled in before "
                                     "they agree"));
  PutSeed("{volume: data, from: ./seed, sha256: " + std::string(64, 'a') + "}");
  Load();
  EXPECT_THAT(findings_, ElementsAre("apps/a.yaml:7:48: ./apps/seed is a folder, which has no "
                                     "SHA-256; remove it: the commit says what is in the folder"));
}

TEST_F(RepositoryUsesTest, ASeedThatCannotBeUnpackedIsAFinding) {
  tree_.Put("apps/seed.tar.gz", "<html>");
  PutSeed("{volume: data, from: ./seed.tar.gz, sha256: " + Sha256Hex("<html>") + "}");
  for (int i = 0; i < 2; ++i) {
    Load();
    ASSERT_EQ(findings_.size(), 1U) << "also when it is remembered";
    EXPECT_THAT(findings_[0], ::testing::StartsWith("apps/a.yaml:7:32: ./apps/seed.tar.gz is no "
                                                    "archive to unpack: it cannot be read as a "
                                                    "tar archive"));
  }
  PutSeed("{volume: data, from: ./seed.tar.gz}");
  Load();
  ASSERT_EQ(findings_.size(), 2U);
  EXPECT_THAT(findings_[1], ::testing::HasSubstr("the archive ./apps/seed.tar.gz has no sha256 "
                                                 "beside it; see that it is the right one, and "
                                                 "write sha256: " +
                                                 Sha256Hex("<html>")));
}

}  // namespace
}  // namespace mooring::expand
