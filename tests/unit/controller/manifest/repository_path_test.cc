// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/repository_path.h"

#include <gtest/gtest.h>

namespace mooring::manifest {
namespace {

TEST(RepositoryPath, BeginsAtTheFileThatSaysIt) {
  EXPECT_EQ(RepositoryPath("apps/shop/app.yaml", "./flags.yaml"), "./apps/shop/flags.yaml");
  EXPECT_EQ(RepositoryPath("apps/shop/app.yaml", "flags.yaml"), "./apps/shop/flags.yaml");
  EXPECT_EQ(RepositoryPath("apps/shop/app.yaml", "../common/ca.pem"), "./apps/common/ca.pem");
  EXPECT_EQ(RepositoryPath("app.yaml", "./conf"), "./conf");
  EXPECT_EQ(RepositoryPath("apps/a.yaml", "."), "./apps");
}

TEST(RepositoryPath, IsTheShortestOne) {
  EXPECT_EQ(RepositoryPath("apps/a.yaml", ".//conf/./x/"), "./apps/conf/x");
  EXPECT_EQ(RepositoryPath("apps/a.yaml", "./conf/../other"), "./apps/other");
}

TEST(RepositoryPath, KeepsNamesThatOnlyLookLikeGitsOrMoorings) {
  EXPECT_EQ(RepositoryPath("a.yaml", "./.gitignore"), "./.gitignore");
  EXPECT_EQ(RepositoryPath("apps/a.yaml", "./.mooring/x"), "./apps/.mooring/x");
}

TEST(RepositoryPath, RefusesWhatAppsMayNotHave) {
  const auto why = [](std::string_view file, std::string_view said) {
    const auto path = RepositoryPath(file, said);
    return path ? "taken: " + *path : path.error().what;
  };
  EXPECT_EQ(why("apps/a.yaml", "../../etc/passwd"), "../../etc/passwd leads out of the repository");
  EXPECT_EQ(why("apps/a.yaml", "../x/../../apps"), "../x/../../apps leads out of the repository");
  EXPECT_EQ(why("a.yaml", "."), ". is the whole repository");
  EXPECT_EQ(why("apps/a.yaml", ".."), ".. is the whole repository");
  EXPECT_EQ(why("a.yaml", "./.git/config"),
            "./.git/config lies in .git, which is not given to Apps");
  EXPECT_EQ(why("a.yaml", "./sub/.git"), "./sub/.git lies in .git, which is not given to Apps");
  EXPECT_EQ(why("apps/a.yaml", "../.mooring/policy.yaml"),
            "../.mooring/policy.yaml lies in .mooring, which is not given to Apps");
  EXPECT_EQ(why("a.yaml", "/etc/passwd"),
            "/etc/passwd is an absolute path, not one of the repository");
  EXPECT_EQ(why("a.yaml", ""), "the path is empty");
  EXPECT_EQ(why("a.yaml", std::string_view("a\0b", 3)), "the path has a zero byte in it");
}

TEST(RepositoryPath, IsToldFromOneOfTheHost) {
  EXPECT_TRUE(IsRepositoryPath("./conf"));
  EXPECT_FALSE(IsRepositoryPath("/srv/conf"));
  EXPECT_FALSE(IsRepositoryPath("uploads"));
  EXPECT_EQ(TreePath("./apps/flags.yaml"), "apps/flags.yaml");
}

}  // namespace
}  // namespace mooring::manifest
