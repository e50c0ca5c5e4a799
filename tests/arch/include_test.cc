// SPDX-License-Identifier: Apache-2.0
// Who may include whom: rules.txt against every source, and the checker against made-up ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/arch/repository.h"
#include "tests/arch/rules.h"

namespace mooring::arch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Rules TheRules() {
  std::vector<std::string> errors;
  Rules rules = Rules::Parse(ReadFile("tests/arch/rules.txt"), &errors);
  EXPECT_TRUE(errors.empty()) << Lines(errors);
  return rules;
}

TEST(Includes, FollowTheTable) {
  const Rules rules = TheRules();
  const std::vector<std::string> sources = ProductionSources();
  ASSERT_GT(sources.size(), 10U) << "no sources found below " << MOORING_SOURCE_DIR;
  std::vector<std::string> findings;
  for (const std::string& path : sources) {
    for (std::string& finding : rules.Check(path, ReadFile(path))) {
      findings.push_back(std::move(finding));
    }
  }
  EXPECT_TRUE(findings.empty()) << Lines(findings);
}

TEST(IncludeRules, AreTransitive) {
  const Rules rules = TheRules();
  EXPECT_THAT(rules.Check("controller/plan/a.cc", "#include \"controller/base/error.h\"\n"),
              IsEmpty());
  EXPECT_THAT(rules.Check("controller/cli/a.cc", "#include \"reconcilers/docker/a.h\"\n"),
              IsEmpty());
}

TEST(IncludeRules, NameFileAndLineOfWhatIsForbidden) {
  const Rules rules = TheRules();
  EXPECT_THAT(
      rules.Check("controller/plan/a.cc", "// a\n#include \"controller/store/store.h\"\n"),
      ElementsAre("controller/plan/a.cc:2: \"controller/store/store.h\": controller/plan may "
                  "not include controller/store"));
  EXPECT_THAT(rules.Check("controller/base/a.cc", "# include \"controller/metrics/metrics.h\"\n"),
              ElementsAre(HasSubstr("may not include controller/metrics")));
  EXPECT_THAT(rules.Check("agent/cli/a.cc", "#include \"reconcilers/docker/a.h\"\n"),
              ElementsAre(HasSubstr("agent may not include reconcilers/docker")));
}

TEST(IncludeRules, KeepReconcilersApart) {
  const Rules rules = TheRules();
  const std::string text =
      "#include \"reconcilers/docker/spec.h\"\n"
      "#include \"controller/metrics/metrics.h\"\n"
      "#include \"controller/reconcile/applier.h\"\n";
  EXPECT_THAT(rules.Check("reconcilers/docker/a.cc", text), IsEmpty());
  EXPECT_THAT(rules.Check("reconcilers/caddy/a.cc", text),
              ElementsAre(HasSubstr("reconcilers/caddy may not include reconcilers/docker")));
}

TEST(IncludeRules, KeepTheWritingHalfFromThePlanner) {
  const std::string text = "#include \"controller/reconcile/applier.h\"\n";
  EXPECT_THAT(TheRules().Check("controller/plan/a.cc", text),
              ElementsAre(HasSubstr("controller/plan may not include this header")));
  EXPECT_THAT(TheRules().Check("controller/runtime/a.cc", text), IsEmpty());
}

TEST(IncludeRules, KeepLibrariesInTheirFolder) {
  const Rules rules = TheRules();
  const std::string text = "#include <curl/curl.h>\n";
  EXPECT_THAT(rules.Check("controller/net/a.cc", text), IsEmpty());
  EXPECT_THAT(rules.Check("controller/net/a.h", text),
              ElementsAre(HasSubstr("belongs into a .cc file")));
  EXPECT_THAT(rules.Check("reconcilers/docker/a.cc", text),
              ElementsAre(HasSubstr("only controller/net may see this library")));
}

TEST(IncludeRules, KeepTestsOutAndPathsRooted) {
  const Rules rules = TheRules();
  EXPECT_THAT(rules.Check("controller/net/a.cc", "#include \"tests/support/pch.h\"\n"),
              ElementsAre(HasSubstr("production code includes a test header")));
  EXPECT_THAT(rules.Check("controller/net/a.cc", "#include \"http_client.h\"\n"),
              ElementsAre(HasSubstr("is not relative to the root")));
  EXPECT_THAT(rules.Check("controller/novel/a.cc", ""), ElementsAre(HasSubstr("is not in")));
}

TEST(IncludeRules, RefuseACircleInTheTable) {
  std::vector<std::string> errors;
  Rules::Parse("[folders]\nbase: net\nnet: base\n", &errors);
  EXPECT_THAT(Lines(errors), HasSubstr("controller/base includes itself in a circle"));
}

}  // namespace
}  // namespace mooring::arch
