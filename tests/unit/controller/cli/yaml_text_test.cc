// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/yaml_text.h"

#include <gtest/gtest.h>

#include "controller/manifest/yaml_tree.h"

namespace mooring::cli {
namespace {

using manifest::Node;
using Value = nlohmann::ordered_json;

/// As our own reader of YAML takes it.
Value FromNode(const Node& node) {
  if (node.IsMap()) {
    Value map = Value::object();
    for (const manifest::Member& m : node.members) map[m.key] = FromNode(m.value);
    return map;
  }
  if (node.IsSequence()) {
    Value list = Value::array();
    for (const Node& item : node.items) list.push_back(FromNode(item));
    return list;
  }
  if (node.IsString()) return node.text;
  return node.IsNull() ? Value() : Value::parse(node.text);
}

TEST(YamlText, ReadsAsPeopleWriteIt) {
  const Value value = {{"kind", "App"},
                       {"spec",
                        {{"ports", {"127.0.0.1:80:80"}},
                         {"mounts", {{{"type", "volume"}, {"target", "/data"}}}},
                         {"args", Value::array()}}},
                       {"message", "web: 1 of 2"}};
  EXPECT_EQ(ToYaml(value),
            "kind: App\nspec:\n  ports:\n    - \"127.0.0.1:80:80\"\n  mounts:\n    - type: volume\n"
            "      target: /data\n  args: []\nmessage: \"web: 1 of 2\"\n");
}

TEST(YamlText, EveryTextComesBackAsItWas) {
  Value texts = Value::array();
  for (const char* text : {"",
                           " ",
                           "yes",
                           "No",
                           "null",
                           "~",
                           "1",
                           "1.5",
                           "0x1f",
                           "a: b",
                           "a:b",
                           "a:",
                           "# x",
                           "a #b",
                           "- a",
                           "-",
                           "[a]",
                           "{a}",
                           "*a",
                           "&a",
                           "!a",
                           "%a",
                           "@a",
                           "`a",
                           "'a'",
                           "\"a\"",
                           "a\nb",
                           "a\tb",
                           "|",
                           ">",
                           "?",
                           "a\\b",
                           "2026-03-01T14:03:41Z",
                           "caf\u00e9",
                           "a,b",
                           "=",
                           "<<",
                           "/x",
                           "y",
                           "main@sha1:4b1c9e2a",
                           "http://x/y?z=1",
                           "\x1b[0m"}) {
    texts.push_back(text);
  }
  const Value value = {{"texts", texts}, {"nested", {{{"a", {1, true, nullptr}}}, {{1, 2}, {3}}}}};
  const manifest::ParsedFile parsed = manifest::ParseYaml("test", ToYaml(value), {});
  ASSERT_EQ(parsed.documents.size(), 1U);
  ASSERT_TRUE(parsed.diagnostics.empty());
  EXPECT_EQ(FromNode(parsed.documents.front().root), value) << ToYaml(value);
}

}  // namespace
}  // namespace mooring::cli
