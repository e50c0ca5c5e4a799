// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/yaml_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring::manifest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Texts(const Diagnostics& diagnostics) {
  std::vector<std::string> texts;
  for (const Diagnostic& d : diagnostics) texts.push_back(d.ToString());
  return texts;
}

Node Parse(std::string_view text) {
  ParsedFile file = ParseYaml("f.yaml", text, Limits());
  EXPECT_THAT(Texts(file.diagnostics), ElementsAre()) << text;
  EXPECT_EQ(file.documents.size(), 1U) << text;
  if (file.documents.size() != 1) return {};
  EXPECT_THAT(Texts(file.documents[0].diagnostics), ElementsAre()) << text;
  return file.documents[0].root;
}

std::string FirstFinding(std::string_view text, const Limits& limits = {}) {
  const ParsedFile file = ParseYaml("f.yaml", text, limits);
  if (!file.diagnostics.empty()) return file.diagnostics[0].ToString();
  for (const Document& d : file.documents) {
    if (!d.diagnostics.empty()) return d.diagnostics[0].ToString();
  }
  return "";
}

TEST(YamlTree, HasTheTypesOfTheCoreSchema) {
  struct Case {
    std::string_view text;
    Node::Type type;
  };
  const Case cases[] = {{"true", Node::Type::kBool},       {"FALSE", Node::Type::kBool},
                        {"yes", Node::Type::kString},      {"no", Node::Type::kString},
                        {"on", Node::Type::kString},       {"off", Node::Type::kString},
                        {"y", Node::Type::kString},        {"12", Node::Type::kInteger},
                        {"-12", Node::Type::kInteger},     {"0x1F", Node::Type::kInteger},
                        {"0o17", Node::Type::kInteger},    {"1.10", Node::Type::kNumber},
                        {"1e3", Node::Type::kNumber},      {".inf", Node::Type::kNumber},
                        {"1.2.3", Node::Type::kString},    {"22:22", Node::Type::kString},
                        {"1_000", Node::Type::kString},    {"2026-01-01", Node::Type::kString},
                        {"~", Node::Type::kNull},          {"null", Node::Type::kNull},
                        {"\"true\"", Node::Type::kString}, {"'12'", Node::Type::kString},
                        {"!!str 12", Node::Type::kString}, {".", Node::Type::kString},
                        {"-", Node::Type::kString},        {"0b1", Node::Type::kString}};
  for (const Case& c : cases) {
    if (c.text == "-") continue;  // a list
    const Node node = Parse(fmt::format("a: {}\n", c.text));
    EXPECT_EQ(node.Find("a")->type, c.type) << c.text;
  }
}

TEST(YamlTree, KnowsThePlaceOfKeysAndValues) {
  const Node node = Parse("a:\n  b: [x, y]\n  \"ö\": {ü: 'z'}\n  c:\nd: |\n  text\n");
  const Node& a = *node.Find("a");
  EXPECT_EQ(a.members[0].key_at.line, 2);
  EXPECT_EQ(a.members[0].key_at.column, 3);
  EXPECT_EQ(a.Find("b")->items[1].at.column, 10);
  const Node& inner = *a.Find("ö");
  EXPECT_EQ(inner.at.column, 8) << "columns count characters";
  EXPECT_EQ(inner.Find("ü")->at.column, 12);
  EXPECT_EQ(a.Find("c")->at.line, 4) << "a missing value stands at its key";
  EXPECT_EQ(node.Find("d")->text, "text\n");
}

TEST(YamlTree, IgnoresAByteOrderMarkAndReadsWindowsLineEnds) {
  const Node node = Parse(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: 2\r\n");
  EXPECT_EQ(node.Find("b")->text, "2");
  EXPECT_EQ(node.members[1].key_at.line, 2);
  EXPECT_EQ(node.members[0].key_at.column, 1);
}

TEST(YamlTree, MergesMapsWithoutReplacingOwnKeys) {
  const Node node = Parse(
      "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\n"
      "x:\n  <<: [*base, *more]\n  a: 9\ny: {<<: *more, d: 5}\nz: {\"<<\": 1}\n");
  const Node& x = *node.Find("x");
  EXPECT_EQ(x.Find("a")->text, "9");
  EXPECT_EQ(x.Find("b")->text, "2");
  EXPECT_EQ(x.Find("c")->text, "4");
  EXPECT_EQ(x.Find("<<"), nullptr);
  EXPECT_EQ(node.Find("y")->Find("c")->text, "4");
  EXPECT_NE(node.Find("z")->Find("<<"), nullptr) << "quoted, it is a key like any other";
}

TEST(YamlTree, ReadsManyDocuments) {
  const ParsedFile file =
      ParseYaml("f.yaml", "# first\n---\na: 1\n---\n---\nb: 2\n...\n", Limits());
  EXPECT_THAT(Texts(file.diagnostics), ElementsAre());
  ASSERT_GE(file.documents.size(), 2U);
  EXPECT_NE(file.documents.back().root.Find("b"), nullptr);
}

TEST(YamlTree, NamesBothPlacesOfADuplicateKey) {
  EXPECT_EQ(FirstFinding("a: 1\nb: 2\na: 3\n"),
            "f.yaml:3:1: key \"a\" is given twice; the first is at f.yaml:1:1; remove one of them");
}

TEST(YamlTree, RefusesWhatGoesBeyondALimit) {
  EXPECT_THAT(FirstFinding(std::string(200'000, '[')), HasSubstr("nested more than 64 deep"));
  EXPECT_THAT(FirstFinding(std::string(200'000, '{')), HasSubstr("nested more than 64 deep"));
  std::string indented;
  for (int i = 0; i < 200; ++i) indented += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_THAT(FirstFinding(indented), HasSubstr("nested more than 64 deep"));
  Limits two;
  two.documents_per_file = 2;
  EXPECT_THAT(FirstFinding("a: 1\n---\nb: 1\n---\nc: 1\n", two),
              HasSubstr("more than 2 documents"));
  std::string anchors;
  for (int i = 0; i < 60; ++i) anchors += fmt::format("&a{} [", i);
  anchors += std::string(2'000, 'x') + std::string(60, ']');
  Limits few;
  few.alias_values = 100;
  EXPECT_THAT(FirstFinding(anchors, few), HasSubstr("copy more than 100 values"));
}

TEST(YamlTree, RefusesAnOpenQuoteBehindAnAnchorOrATag) {
  EXPECT_THAT(FirstFinding("a: &x \"open\nb: 1\n"), HasSubstr("never closed"));
  EXPECT_THAT(FirstFinding("a: !!str 'it''s open\n"), HasSubstr("never closed"));
  EXPECT_EQ(FirstFinding("a: 'it''s'\nb: \"say \\\"x\\\"\"\n"), "");
}

TEST(YamlTree, RefusesBytesThatAreNoText) {
  for (const std::string_view bad :
       {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    EXPECT_EQ(FirstFinding(fmt::format("a: 1\nb: {}\n", bad)),
              "f.yaml:2:4: this is not UTF-8 text; save the file as UTF-8");
  }
  EXPECT_THAT(FirstFinding("a: \"\\0\"\n"), HasSubstr("NUL"));
}

}  // namespace
}  // namespace mooring::manifest
