// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/repository_fields.h"

#include <gmock/gmock.h>

#include "controller/manifest/loader.h"

namespace mooring::manifest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RepositoryFields : public ::testing::Test {
 protected:
  ResourcePtr Load(const std::string& web, const std::string& rest = "") {
    MemoryFileTree tree;
    tree.Put("hosts/one.yaml",
             "apiVersion: mooring.dev/v1alpha1\nkind: Host\nmetadata: {name: one}\n"
             "spec: {varsFile: ./one.vars.yaml}\n");
    tree.Put("hosts/one.vars.yaml", "GREETING: hello\n");
    tree.Put("apps/a.yaml",
             "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec:\n"
             "  services: {web: {image: \"web:1\", " +
                 web + "}}\n" + rest);
    findings.clear();
    const auto loaded = Loader("one").Load(tree);
    for (const Diagnostic& finding : loaded->diagnostics) findings.push_back(finding.ToString());
    for (const Unresolved& unresolved : loaded->unresolved) {
      for (const Diagnostic& finding : unresolved.diagnostics)
        findings.push_back(finding.ToString());
    }
    for (const ResourcePtr& resource : loaded->resources) {
      if (resource->key.kind == "App") return resource;
    }
    return nullptr;
  }

  std::vector<std::string> findings;
};

TEST_F(RepositoryFields, PathsBeginAtTheRootOfTheRepository) {
  const ResourcePtr app =
      Load("configs: [flags], volumes: [{type: bind, source: ../conf, target: /conf}]",
           "  configs: {flags: {file: ./flags.txt}}\n"
           "  files: [{path: ./flags.txt, onChange: SIGHUP}]\n");
  EXPECT_THAT(findings, IsEmpty());
  ASSERT_NE(app, nullptr);
  EXPECT_EQ(app->spec["configs"]["flags"]["file"], "./apps/flags.txt");
  EXPECT_EQ(app->spec["services"]["web"]["configs"][0]["source"], "flags");
  EXPECT_EQ(app->spec["services"]["web"]["volumes"][0]["source"], "./conf");
  EXPECT_EQ(app->spec["files"][0]["path"], "./apps/flags.txt");
}

TEST_F(RepositoryFields, TheShortSyntaxOfComposeIsTakenToo) {
  const ResourcePtr app = Load("volumes: [\"./conf:/conf:ro\"]");
  EXPECT_THAT(findings, IsEmpty());
  ASSERT_NE(app, nullptr);
  EXPECT_EQ(app->spec["services"]["web"]["volumes"][0]["source"], "./apps/conf");
}

TEST_F(RepositoryFields, AConfigOfAVariableHasItsValue) {
  const ResourcePtr app =
      Load("configs: [greeting]", "  configs: {greeting: {environment: GREETING}}\n");
  EXPECT_THAT(findings, IsEmpty());
  ASSERT_NE(app, nullptr);
  EXPECT_EQ(app->spec["configs"]["greeting"], Json({{"content", "hello"}}));
}

TEST_F(RepositoryFields, AVariableThatIsNotThereIsFound) {
  Load("configs: [greeting]", "  configs: {greeting: {environment: NOTHING}}\n");
  ASSERT_FALSE(findings.empty());
  EXPECT_THAT(findings[0], HasSubstr("apps/a.yaml:6:37: "));
}

TEST_F(RepositoryFields, RefusesWhatLeavesTheRepository) {
  Load("configs: [c]", "  configs: {c: {file: ../../etc/passwd}}\n");
  EXPECT_THAT(findings, ElementsAre("apps/a.yaml:6:23: ../../etc/passwd leads out of the "
                                    "repository; paths begin at the file that names them; put "
                                    "what is meant into the repository"));
}

TEST_F(RepositoryFields, RefusesClearSecretsAndClusterFieldsByName) {
  Load("secrets: [s]", "  secrets: {s: {file: ./password}}\n");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0], HasSubstr("apps/a.yaml:6:23: the secret s is taken from a file, which "
                                     "stands in the repository in clear"));
  Load("secrets: [s]", "  secrets: {s: {environment: PASSWORD}}\n");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0], HasSubstr("the secret s is taken from a variable"));
  Load("configs: [c]", "  configs: {c: {external: true}}\n");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0], HasSubstr("external of a config is for clusters"));
}

TEST_F(RepositoryFields, FilesNameWhatIsMounted) {
  Load("volumes: [{type: bind, source: ./conf, target: /conf}]",
       "  files: [{path: ./conf/a}, {path: ./other, onChange: SIGHUP}, {path: ./conf, onChange: "
       "sometimes}]\n");
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_THAT(findings[0], HasSubstr("./apps/conf/a is mounted as part of ./apps/conf"));
  EXPECT_THAT(findings[1], HasSubstr("no service mounts ./apps/other"));
  EXPECT_THAT(findings[2], HasSubstr("\"sometimes\" is not restart, ignore or a signal"));
}

TEST_F(RepositoryFields, AConfigHasOneOriginAndIsDeclared) {
  Load("configs: [c, flgs]", "  configs: {c: {file: ./x, content: y}, flags: {}}\n");
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_THAT(findings[0], HasSubstr("config \"flgs\" is not declared in spec.configs; did you "
                                     "mean \"flags\"?"));
  EXPECT_THAT(findings[1], HasSubstr("the config c has more than one origin"));
  EXPECT_THAT(findings[2], HasSubstr("the config flags has neither file nor content"));
}

}  // namespace
}  // namespace mooring::manifest
