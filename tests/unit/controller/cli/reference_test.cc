// SPDX-License-Identifier: Apache-2.0
// docs/reference/config.md, cli.md and status.md are held against the code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "controller/base/text.h"
#include "controller/cli/config.h"
#include "controller/cli/exit_codes.h"
#include "controller/http/resource_document.h"
#include "tests/unit/controller/cli/run_mooring.h"

namespace mooring::cli {
namespace {

using Words = std::set<std::string>;

std::string PagePath(const std::string& name) {
  return std::string(MOORING_SOURCE_DIR) + "/docs/reference/" + name;
}

std::string Page(const std::string& name) {
  std::ifstream in(PagePath(name));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// All matches of the pattern's groups.
std::vector<std::vector<std::string>> Matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::vector<std::string>> found;
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) {
    found.emplace_back(it->begin() + 1, it->end());
  }
  return found;
}

Words FirstGroups(const std::string& text, const std::string& pattern) {
  Words words;
  for (const auto& groups : Matches(text, pattern)) words.insert(groups.front());
  return words;
}

/// From one heading to the next.
std::string Section(const std::string& page, const std::string& heading) {
  const size_t start = page.find("\n" + heading + "\n");
  if (start == std::string::npos) return "";
  return page.substr(start, page.find("\n## ", start + 1) - start);
}

TEST(Reference, ConfigurationHasEveryKeyAndNoOther) {
  const auto keys = ConfigKeys();
  EXPECT_EQ(FirstGroups(Page("config.md"), "\n\\| `([\\w.]+)` \\|"),
            Words(keys.begin(), keys.end()));
}

TEST(Reference, ConfigurationSaysTheDefaults) {
  // A file that writes out each default is as good as an empty one.
  std::string source = "url: /srv/fleet.git";
  std::string written;
  for (const auto& row : Matches(Page("config.md"), "\n\\| `([\\w.]+)` \\| `([^`]+)` \\|")) {
    const size_t dot = row[0].find('.');
    const std::string group = row[0].substr(0, dot);
    const std::string value = row[0].substr(dot + 1) + ": " + row[1];
    if (group == "sources") {
      source += "\n    " + value;
      continue;
    }
    if (written.find(group + ":\n") == std::string::npos) written += group + ":\n";
    written += "  " + value + "\n";
  }
  ASSERT_GT(std::count(written.begin(), written.end(), '\n'), 20);
  Diagnostics problems;
  const Config explicit_one =
      ParseConfig("page", "sources:\n  - " + source + "\n" + written, &problems);
  const Config empty = ParseConfig("none", "sources: [{url: /srv/fleet.git}]", &problems);
  for (const Diagnostic& problem : problems) ADD_FAILURE() << problem.ToString();
  EXPECT_TRUE(explicit_one == empty);
}

/// The part of cli.md that is made from the command's own help.
std::string CommandSections() {
  const std::string help = RunMooring("--help").text;
  std::string out;
  for (const auto& groups : Matches(help.substr(help.find("\nResources:")), "\n  (\\w+) ")) {
    const std::string& command = groups.front();
    out += fmt::format("\n## mooring {}\n\n```text\n{}```\n", command,
                       RunMooring(command + " --help").text);
  }
  return out;
}

TEST(Reference, CommandsAreThoseOfTheHelp) {
  constexpr std::string_view kMarker = "<!-- commands: from --help, do not edit -->\n";
  const std::string page = Page("cli.md");
  const size_t end = page.find(kMarker);
  ASSERT_NE(end, std::string::npos);
  const std::string head = page.substr(0, end + kMarker.size());
  if (std::getenv("MOORING_TEST_ACCEPT") != nullptr) {
    std::ofstream(PagePath("cli.md")) << head << CommandSections();
    GTEST_SKIP() << "cli.md was rewritten";
  }
  EXPECT_EQ(page.substr(head.size()), CommandSections()) << "rewrite it with MOORING_TEST_ACCEPT=1";
}

TEST(Reference, EachCommandHasAnExample) {
  const std::string help = RunMooring("--help").text;
  size_t count = 0;
  for (const auto& groups : Matches(help.substr(help.find("\nResources:")), "\n  (\\w+) ")) {
    ++count;
    EXPECT_THAT(RunMooring(groups.front() + " --help").text,
                testing::ContainsRegex("Examples?:\n  mooring " + groups.front()));
  }
  EXPECT_GE(count, 8U);
}

TEST(Reference, ExitCodesAreThoseOfTheCode) {
  Words codes;
  for (const int code : {exit_code::kDone, exit_code::kFailed, exit_code::kFindings,
                         exit_code::kUsage, exit_code::kUnreachable, exit_code::kTryAgain}) {
    codes.insert(std::to_string(code));
  }
  EXPECT_EQ(FirstGroups(Page("cli.md"), "\n\\| (\\d+) \\|"), codes);
}

/// "conditions[].type" for each value in it.
void AddFields(const nlohmann::ordered_json& value, const std::string& path, Words& fields) {
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      AddFields(member, path.empty() ? name : path + "." + name, fields);
    }
  } else if (value.is_array()) {
    for (const auto& item : value) AddFields(item, path + "[]", fields);
  } else {
    fields.insert(path);
  }
}

TEST(Reference, StatusHasEveryFieldAndNoOther) {
  const Time now = *ParseTime("2026-03-01T14:00:00Z");
  ResourceStatus status{.key = {"App", "default", "web"}};
  status.conditions = {{.type = "Ready", .last_transition = now}};
  status.inventory = {{"container/1", "web", now}};
  status.drift = {{"/a", "1", "2", now, now}};
  status.history = {{"main@sha1:1", "drift", now, {}, 1, "Done"}};
  status.next_run = now;
  const auto document = http::ResourceDocument(nullptr, &status, {"Site/default/web"}, "", Time());
  Words fields;
  AddFields(document["status"], "", fields);
  Words described;
  const std::string page = Section(Page("status.md"), "## Fields");
  for (const auto& row : Matches(page, "\n\\| (`[^|]+`) \\|")) {
    described.merge(FirstGroups(row[0], "`([^`]+)`"));
  }
  EXPECT_EQ(described, fields);
}

}  // namespace
}  // namespace mooring::cli
