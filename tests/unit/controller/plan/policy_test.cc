// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/marks/marks.h"

namespace mooring {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Resource App(Json spec) {
  Resource resource;
  resource.key = {"App", "default", "shop"};
  resource.spec = std::move(spec);
  resource.source = {"apps/shop.yaml", 4, 1};
  resource.marks = MarksFor(
      resource.spec, {{"/services/web/volumes/0", {12, 9}}, {"/services/web/privileged", {9, 7}}});
  return resource;
}

Resource WithMount(const std::string& source) {
  const Json mount = {{"type", "bind"}, {"source", source}, {"target", "/x"}, {"read_only", true}};
  return App({{"services", {{"web", {{"volumes", Json::array({mount})}}}}}});
}

std::vector<std::string> RulesFor(const Resource& resource, const Policy& policy) {
  std::vector<std::string> rules;
  for (const PolicyFinding& finding : policy.Check(resource)) rules.push_back(finding.rule);
  return rules;
}

/// A host as Debian has it, with two links of a person's making.
std::string FakeLinks(const std::string& path) {
  for (const auto& [link, target] : std::vector<std::pair<std::string, std::string>>{
           {"/var/run", "/run"}, {"/srv/link", "/run"}, {"/srv/deep/down", "/run/docker/x"}}) {
    if (path == link || path.starts_with(link + "/")) return target + path.substr(link.size());
  }
  return path;
}

TEST(Policy, PrivilegedIsRefusedWhereItStands) {
  const Policy policy({});
  const auto findings = policy.Check(App({{"services", {{"web", {{"privileged", true}}}}}}));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].rule, "container-privileged");
  EXPECT_EQ(findings[0].where.line, 9);
  EXPECT_EQ(findings[0].path, "/services/web/privileged");
  EXPECT_EQ(findings[0].severity, Severity::kError);
  EXPECT_THAT(findings[0].message, HasSubstr("remove it"));
  EXPECT_THAT(policy.Check(App({{"services", {{"web", {{"privileged", false}}}}}})), IsEmpty());
}

TEST(Policy, TheEngineSocketByAnyAlias) {
  const Policy policy({.resolve = FakeLinks});
  for (const char* source :
       {"/var/run/docker.sock", "/run/docker.sock", "/var/run", "/run", "/run/", "/", "//",
        "/var/../run/docker.sock", "//var//run/./docker.sock", "/srv/../../../run", "/srv/link",
        "/srv/link/docker.sock", "/srv/deep/down/../../docker.sock",
        "/run/user/1000/docker.sock"}) {
    EXPECT_THAT(RulesFor(WithMount(source), policy), Contains("container-docker-socket")) << source;
  }
}

TEST(Policy, OtherPathsAreNotTheSocket) {
  const Policy policy({.resolve = FakeLinks});
  for (const char* source : {"/srv/data", "/run/other", "/runner", "/var/runs", "data", "./files",
                             "/srv/docker.socket", ""}) {
    EXPECT_THAT(RulesFor(WithMount(source), policy), IsEmpty()) << source;
  }
}

TEST(Policy, TheMessageSaysWhereALinkLeadsAndWhatToDo) {
  const auto findings = Policy({.resolve = FakeLinks}).Check(WithMount("/srv/link/docker.sock"));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].where.ToString(), "apps/shop.yaml:12:9");
  EXPECT_THAT(findings[0].message, HasSubstr("services.web mounts /srv/link/docker.sock, which "
                                             "leads to /run/docker.sock: "));
  EXPECT_THAT(findings[0].message, HasSubstr("socket proxy"));
}

TEST(Policy, SensitiveDirectoriesTheirParentsAndTheirChildren) {
  const Policy policy({});
  for (const char* source : {"/etc", "/etc/ssl", "/root/.ssh", "/proc", "/sys/fs/cgroup", "/boot",
                             "/dev/sda", "/", "/var/lib", "/var/lib/docker/volumes",
                             "/var/lib/mooring", "/run/caddy/admin.sock", "/srv/../etc/passwd"}) {
    EXPECT_THAT(RulesFor(WithMount(source), policy), Contains("mount-sensitive")) << source;
  }
  EXPECT_THAT(RulesFor(WithMount("/etcetera"), policy), Not(Contains("mount-sensitive")));
}

TEST(Policy, ASensitiveDirectoryThatIsALinkCountsByBothNames) {
  const Policy policy({.own_directories = {"/var/lib/docker"}, .resolve = [](const std::string& p) {
                         return p.starts_with("/var/lib/docker") ? "/mnt/big" + p.substr(15) : p;
                       }});
  EXPECT_THAT(RulesFor(WithMount("/mnt/big/volumes"), policy), ElementsAre("mount-sensitive"));
  EXPECT_THAT(RulesFor(WithMount("/var/lib/docker"), policy), ElementsAre("mount-sensitive"));
}

TEST(Policy, OddShapesAreNoFindingsAndNoCrash) {
  const Policy policy({});
  for (const char* spec :
       {"null", "[]", R"({"services": []})", R"({"services": {"web": null}})",
        R"({"services": {"web": {"volumes": ["/run:/run", 1], "privileged": "yes"}}})",
        R"({"volumes": {"v": null}})"}) {
    EXPECT_THAT(policy.Check(App(Json::parse(spec))), IsEmpty()) << spec;
  }
}

TEST(PlainPath, HasOneForm) {
  EXPECT_EQ(PlainPath("/"), "/");
  EXPECT_EQ(PlainPath("//a/./b//c/"), "/a/b/c");
  EXPECT_EQ(PlainPath("/a/../../b"), "/b");
}

}  // namespace
}  // namespace mooring
