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
#include "controller/manifest/config_keys.h"
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

constexpr std::string_view kBegin = "<!-- keys: from crds/config.yaml, do not edit -->\n";
constexpr std::string_view kEnd = "<!-- end of keys -->\n";

std::string InCell(std::string text) {
  for (size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
    text.insert(at, "\\");
  }
  return text;
}

/// A default is as in a file; in brackets it is in words.
std::string DefaultCell(const manifest::ConfigKey& key) {
  const std::string& text = key.schema->default_text;
  if (text.empty()) return "(required)";
  return text.starts_with('(') ? text : "`" + text + "`";
}

std::string MeaningCell(const manifest::ConfigKey& key) {
  const manifest::Schema& schema = *key.schema;
  std::string text = InCell(schema.description);
  if (schema.minimum) text += fmt::format(" {} to {}.", *schema.minimum, *schema.maximum);
  if (schema.values.size() > 1) text += " One of `" + Join(schema.values, "`, `") + "`.";
  if (schema.later == manifest::Schema::Later::kIgnored) text += " (No effect in this version.)";
  if (schema.later == manifest::Schema::Later::kRefused) text += " (Refused by this version.)";
  return text;
}

std::string KeyTable() {
  std::string table = "| key | default | counts after | meaning |\n|---|---|---|---|\n";
  for (const manifest::ConfigKey& key : manifest::ConfigKeys()) {
    table += fmt::format("| `{}` | {} | {} | {} |\n", key.name, DefaultCell(key),
                         key.schema->effect, MeaningCell(key));
  }
  return table;
}

TEST(Reference, ConfigurationListsTheKeysOfTheSchema) {
  const std::string page = Page("config.md");
  const size_t begin = page.find(kBegin);
  const size_t end = page.find(kEnd);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos) << "the page has no marks";
  const size_t start = begin + kBegin.size();
  const std::string table = "\n" + KeyTable() + "\n";
  if (std::getenv("MOORING_TEST_ACCEPT") != nullptr) {
    std::ofstream(std::string(MOORING_SOURCE_DIR) + "/docs/reference/config.md")
        << page.substr(0, start) << table << page.substr(end);
    GTEST_SKIP() << "accepted";
  }
  EXPECT_EQ(page.substr(start, end - start), table) << "run with MOORING_TEST_ACCEPT=1";
}

TEST(Reference, ConfigurationSaysTheDefaults) {
  // Variables that write out each default are as good as none.
  Environment defaults;
  for (const manifest::ConfigKey& key : manifest::ConfigKeys()) {
    const std::string& text = key.schema->default_text;
    const bool in_words = text.empty() || text.starts_with('(');
    const bool no_effect = key.schema->later != manifest::Schema::Later::kNo;
    if (in_words || no_effect) continue;
    std::string value = text;
    const bool of_texts =
        key.schema->each != nullptr && key.schema->each->type == manifest::Schema::Type::kString;
    if (of_texts) {
      std::erase_if(value, [](char c) { return c == '[' || c == ']' || c == '"'; });
    }
    defaults[key.variable] = value;
  }
  ASSERT_GT(defaults.size(), 25U);
  Diagnostics problems;
  const Config explicit_one =
      ParseConfig("page", "sources: [{url: /srv/fleet.git}]", defaults, &problems);
  const Config empty = ParseConfig("none", "sources: [{url: /srv/fleet.git}]", {}, &problems);
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
  status.source_name = "fleet";
  status.conditions = {{.type = "Ready", .last_transition = now}};
  status.inventory = {{"container/1", "web", now}};
  status.drift = {{"/a", "1", "2", now, now}};
  status.history = {{"main@sha1:1", "drift", now, {}, 1, "Done"}};
  status.next_run = now;
  status.held_by = Hold{.until = now};
  const auto document =
      http::ResourceDocument(nullptr, &status, {"Site/default/web"}, "", true, Time());
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
