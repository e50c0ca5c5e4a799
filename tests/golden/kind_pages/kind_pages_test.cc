// SPDX-License-Identifier: Apache-2.0
// The field lists of docs/reference/kinds/ are those of the schemas, and the examples in those
// pages load without a finding. MOORING_TEST_ACCEPT=1 writes the lists anew and skips.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "controller/base/text.h"
#include "controller/expand/expand.h"
#include "controller/manifest/loader.h"
#include "controller/manifest/schema.h"

namespace mooring {
namespace {

using manifest::Schema;

constexpr std::string_view kBegin = "<!-- fields: from crds/, do not edit -->\n";
constexpr std::string_view kEnd = "<!-- end of fields -->\n";

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string PagePath(const std::string& kind) {
  if (kind == "policy") return std::string(MOORING_SOURCE_DIR) + "/docs/reference/policy.md";
  std::string file = kind;
  for (char& c : file) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::string(MOORING_SOURCE_DIR) + "/docs/reference/kinds/" + file + ".md";
}

std::string Facts(const Schema& schema, bool required) {
  std::vector<std::string> facts = {manifest::TypeText(schema), required ? "required" : "optional"};
  if (!schema.values.empty()) facts.push_back("one of `" + Join(schema.values, "` `") + "`");
  if (schema.minimum && schema.maximum) {
    facts.push_back(fmt::format("{} to {}", *schema.minimum, *schema.maximum));
  }
  if (!schema.default_text.empty()) facts.push_back("default `" + schema.default_text + "`");
  if (!schema.unit.empty()) facts.push_back("unit: " + schema.unit);
  if (!schema.short_syntax.empty()) facts.push_back("also: " + schema.short_syntax);
  if (!schema.effect.empty()) facts.push_back("a change: " + schema.effect);
  return Join(facts, "; ");
}

/// One list entry for each field, the fields below it indented by their path.
void RenderFields(const Schema& schema, const std::string& path, std::string& out) {
  const Schema* inside = &schema;
  std::string prefix = path;
  while (inside->each != nullptr) {
    prefix += inside->type == Schema::Type::kList ? "[]" : ".<" + inside->key + ">";
    inside = inside->each.get();
  }
  for (const manifest::Property& p : inside->properties) {
    const std::string name = prefix.empty() ? p.name : prefix + "." + p.name;
    out += fmt::format("- **`{}`** ({})  \n  {}", name, Facts(p.schema, inside->Requires(p.name)),
                       p.schema.description);
    if (!p.schema.examples.empty()) {
      out += fmt::format(" Example: `{}`", p.schema.examples.front());
    }
    out += "\n";
    RenderFields(p.schema, name, out);
  }
}

/// What is known by name and refused, with what to do instead.
void RenderRefused(const Schema& schema, const std::string& path, std::string& out) {
  const Schema* inside = &schema;
  std::string prefix = path;
  while (inside->each != nullptr) {
    prefix += inside->type == Schema::Type::kList ? "[]" : ".<" + inside->key + ">";
    inside = inside->each.get();
  }
  for (const auto& [name, why] : inside->refused) {
    const bool value = inside->properties.empty();
    out += fmt::format("| `{}{}{}` | {} |\n", prefix, value ? ": " : ".", name, why);
  }
  for (const manifest::Property& p : inside->properties)
    RenderRefused(p.schema, prefix.empty() ? p.name : prefix + "." + p.name, out);
}

std::vector<std::string> KindNames() {
  std::vector<std::string> names;
  for (const manifest::Kind& kind : manifest::Kinds()) names.push_back(kind.name);
  names.push_back(manifest::PolicyKind().name);
  return names;
}

const Schema& SchemaOf(const std::string& kind) {
  return kind == "policy" ? manifest::PolicyKind().schema : manifest::FindKind(kind)->schema;
}

class KindPages : public testing::TestWithParam<std::string> {};

TEST_P(KindPages, ListTheFieldsOfTheSchema) {
  const std::string path = PagePath(GetParam());
  const std::string page = ReadFile(path);
  const size_t begin = page.find(kBegin);
  const size_t end = page.find(kEnd);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos) << path << " has no marks";
  std::string fields = "\n";
  RenderFields(SchemaOf(GetParam()), "", fields);
  fields += "\n";
  std::string refused;
  RenderRefused(SchemaOf(GetParam()), "", refused);
  if (!refused.empty())
    fields += "What is known by name and refused:\n\n| what | why, and what to do |\n|---|---|\n" +
              refused + "\n";
  const size_t start = begin + kBegin.size();
  if (std::getenv("MOORING_TEST_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << page.substr(0, start) << fields << page.substr(end);
    GTEST_SKIP() << "accepted";
  }
  EXPECT_EQ(page.substr(start, end - start), fields) << "run with MOORING_TEST_ACCEPT=1";
}

TEST_P(KindPages, ShowExamplesThatLoad) {
  const std::string page = ReadFile(PagePath(GetParam()));
  MemoryFileTree tree;
  int count = 0;
  for (size_t at = page.find("```yaml\n"); at != std::string::npos;
       at = page.find("```yaml\n", at + 1)) {
    const size_t start = at + 8;
    ++count;
    tree.Put(GetParam() == "policy" ? manifest::kPolicyFile : fmt::format("example{}.yaml", count),
             page.substr(start, page.find("```", start) - start));
  }
  ASSERT_GT(count, 0);
  manifest::Loader loader;
  const auto loaded = loader.Load(tree);
  ASSERT_TRUE(loaded.has_value());
  for (const Diagnostic& d : expand::Expand(*loaded).diagnostics) ADD_FAILURE() << d.ToString();
}

TEST(Schemas, HaveADescriptionAndAnExampleOnEveryField) {
  const auto check = [](const auto& self, const Schema& schema, const std::string& path) -> void {
    EXPECT_NE(schema.description, "") << path;
    EXPECT_FALSE(schema.examples.empty()) << path;
    if (schema.each != nullptr) self(self, *schema.each, path + "[]");
    for (const manifest::Property& p : schema.properties) {
      static const std::set<std::string> kEffects = {"in place", "rolls", "downtime", "data"};
      const std::string inside = path + "." + p.name;
      self(self, p.schema, inside);
      const bool of_spec = path.find("spec") != std::string::npos;
      if (!of_spec) continue;
      EXPECT_TRUE(kEffects.contains(p.schema.effect)) << inside;
      if (!schema.Requires(p.name) && schema.exactly_one.empty()) {
        EXPECT_TRUE(!p.schema.default_text.empty() || p.name == "source") << inside;
      }
    }
  };
  for (const std::string& kind : KindNames()) {
    for (const manifest::Property& p : SchemaOf(kind).properties) {
      check(check, p.schema, kind + "." + p.name);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, KindPages, testing::ValuesIn(KindNames()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace mooring
