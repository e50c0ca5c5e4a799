// SPDX-License-Identifier: Apache-2.0
#include "controller/archive/tar.h"

#include <gmock/gmock.h>

#include "tests/support/docker/tar.h"

namespace mooring::archive {
namespace {

using ::mooring::testing::FilesOfTar;
using ::mooring::testing::TarOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

/// A header of another type than a file's, or with another name.
std::string Entry(char type, const std::string& name, const std::string& link = "") {
  std::string tar = TarOf(name, "");
  tar[156] = type;
  link.copy(tar.data() + 157, 100);
  tar.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const unsigned char c : tar.substr(0, 512)) sum += c;
  tar.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  return tar;
}

std::string TroubleOf(const std::string& bytes, const Limits& limits = {}) {
  const Status checked = CheckArchive(bytes, limits);
  return checked ? "" : checked.error().message();
}

Result<std::string> AllOf(Parts& parts) {
  std::string all;
  for (;;) {
    MOORING_TRY(const std::string part, parts.Next());
    if (part.empty()) return all;
    all += part;
  }
}

TEST(Archive, IsKnownByItsName) {
  for (const char* name : {"a.tar", "a/b.tar.gz", "a.tgz", "a.tar.zst", "a.tar.xz", "a.tar.bz2"})
    EXPECT_TRUE(IsArchiveName(name)) << name;
  for (const char* name : {"a", "a.zip", "tar", "a.gz", "a.tar.gz.asc"})
    EXPECT_FALSE(IsArchiveName(name)) << name;
}

TEST(Archive, RefusesWhatLeadsOut) {
  EXPECT_EQ(TroubleOf(TarOf("a/../b", "x")), "a/../b in it leads out of it");
  EXPECT_EQ(TroubleOf(TarOf("/etc/passwd", "x")), "/etc/passwd in it leads out of it");
  EXPECT_EQ(TroubleOf(Entry('1', "a", "../../etc/passwd")),
            "the link a in it leads out of it, to ../../etc/passwd");
  EXPECT_EQ(TroubleOf(Entry('2', "a", "/etc/passwd")), "") << "is one in the container";
}

TEST(Archive, RefusesWhatIsNoData) {
  for (const char type : {'3', '4', '6'})
    EXPECT_EQ(TroubleOf(Entry(type, "a")), "a in it is a device, a pipe or a socket") << type;
}

TEST(Archive, RefusesWhatIsNone) {
  EXPECT_THAT(TroubleOf("some text that is long enough to be looked at"),
              HasSubstr("it cannot be read as a tar archive"));
  EXPECT_THAT(TroubleOf(TarOf("a", std::string(5'000, 'x')).substr(0, 2'000)),
              HasSubstr("it cannot be read as a tar archive"));
  EXPECT_THAT(TroubleOf("version https://git-lfs.github.com/spec/v1\n"),
              HasSubstr("it cannot be read as a tar archive"));
}

TEST(Archive, HasLimits) {
  const std::string tar = TarOf("a", std::string(3 << 20, 'x'));
  EXPECT_EQ(TroubleOf(tar), "");
  EXPECT_EQ(TroubleOf(tar, {.bytes = 2 << 20}), "it unpacks to more than 2 MiB");
  EXPECT_EQ(TroubleOf(tar, {.entries = 0}), "it has more than 0 entries");
}

TEST(Archive, IsRepackedBelowAFolder) {
  const std::string content(600'000, 'x');
  const auto parts = Repack(TarOf("./a/b.txt", content), "top", {.uid = 7, .gid = 8});
  const auto tar = AllOf(*parts);
  ASSERT_TRUE(tar) << tar.error().ToString();
  EXPECT_THAT(FilesOfTar(*tar), ElementsAre(Pair("top/a/b.txt", content)));
  EXPECT_TRUE(tar->starts_with("top/")) << "its folder comes first";
  EXPECT_EQ(TroubleOf(*tar), "");
}

TEST(Archive, RepackingFailsAsCheckingDoes) {
  const auto parts = Repack(TarOf("../a", "x"), "top", {});
  const auto tar = AllOf(*parts);
  ASSERT_FALSE(tar);
  EXPECT_EQ(tar.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(tar.error().message(), "../a in it leads out of it");
}

TEST(Archive, WritesWhatItIsGiven) {
  TarWriter writer({.uid = 1'000, .gid = 1'001}, 1'772'373'720);
  const std::string long_name = "top/" + std::string(150, 'n');
  ASSERT_TRUE(writer.AddFolder("top", 0755));
  ASSERT_TRUE(writer.AddFile("top/ümlaut", 0644, "umlaut"));
  const std::string first = writer.Take();
  ASSERT_TRUE(writer.AddFile(long_name, 0755, ""));
  ASSERT_TRUE(writer.AddLink("top/link", "ümlaut"));
  ASSERT_TRUE(writer.Finish());
  const std::string tar = first + writer.Take();
  EXPECT_EQ(TroubleOf(tar), "");
  EXPECT_EQ(FilesOfTar(tar).at("top/ümlaut"), "umlaut");
  const auto again = Repack(tar, "other", {});
  const auto repacked = AllOf(*again);
  ASSERT_TRUE(repacked) << repacked.error().ToString();
  EXPECT_THAT(*repacked, HasSubstr("other/top/ümlaut"));
  EXPECT_THAT(*repacked, HasSubstr("other/" + long_name));
}

}  // namespace
}  // namespace mooring::archive
