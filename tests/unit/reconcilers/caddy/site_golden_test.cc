// SPDX-License-Identifier: Apache-2.0
// Each folder of tests/golden/caddy: site.json (a Site's spec) -> expected.json (what Caddy gets).
// MOORING_TEST_ACCEPT=1 writes what comes out and skips.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/unit/reconcilers/caddy/sites.h"

namespace mooring::caddy {
namespace {

const std::filesystem::path kCases =
    std::filesystem::path(MOORING_SOURCE_DIR) / "tests/golden/caddy";

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kCases)) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

class SiteGolden : public testing::TestWithParam<std::string> {};

TEST_P(SiteGolden, RendersAsExpected) {
  const std::filesystem::path folder = kCases / GetParam();
  const Json spec = Json::parse(std::ifstream(folder / "site.json"));
  const GatewayOptions options{.acme_email = "ops@example.com"};
  const Capabilities capabilities{.keeps_streams = GetParam().ends_with("-newer-caddy")};
  const auto config = RenderSite(MakeSite("site", spec), options, capabilities);
  ASSERT_TRUE(config) << config.error().ToString();
  Json actual = Json::object();
  for (const auto& [id, part] : config->parts) actual[part.place].push_back(part.value);
  if (getenv("MOORING_TEST_ACCEPT") != nullptr) {
    std::ofstream(folder / "expected.json") << actual.dump(2) << "\n";
    GTEST_SKIP() << "accepted";
  }
  const Json expected = Json::parse(std::ifstream(folder / "expected.json"));
  const auto where = FirstDifference(actual, expected);
  EXPECT_FALSE(where) << *where << ": " << ShortText(actual, *where) << " instead of "
                      << ShortText(expected, *where);
}

INSTANTIATE_TEST_SUITE_P(Cases, SiteGolden, testing::ValuesIn(CaseNames()), [](const auto& test) {
  std::string name = test.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace mooring::caddy
