// SPDX-License-Identifier: Apache-2.0
// The reference pages and the reason words are held against each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

namespace mooring {
namespace {

std::string Read(const std::string& path) {
  std::ifstream in(std::string(MOORING_SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::set<std::string> Matches(const std::string& text, const char* pattern) {
  const std::regex regex(pattern);
  std::set<std::string> words;
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) {
    words.insert((*it)[1]);
  }
  return words;
}

TEST(Reference, EveryTypeAndReasonIsDescribed) {
  const auto words = Matches(Read("controller/resource/reasons.h"), "\\[\\] = \"(\\w+)\"");
  ASSERT_GT(words.size(), 30u);
  const std::string pages = Read("docs/reference/conditions.md") + Read("docs/reference/events.md");
  for (const std::string& word : words) {
    EXPECT_THAT(pages, ::testing::HasSubstr("`" + word + "`"));
  }
}

TEST(Reference, DescribesNoReasonThatDoesNotExist) {
  const std::string header = Read("controller/resource/reasons.h");
  const std::string page = Read("docs/reference/conditions.md");
  for (const std::string& word : Matches(page, "\n\\| `(\\w+)` \\|")) {
    EXPECT_THAT(header, ::testing::HasSubstr("\"" + word + "\""));
  }
}

}  // namespace
}  // namespace mooring
