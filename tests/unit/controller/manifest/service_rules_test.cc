// SPDX-License-Identifier: Apache-2.0
// What a service cannot say, and what must not be said twice.
#include <gtest/gtest.h>

#include "controller/manifest/loader.h"

namespace mooring::manifest {
namespace {

constexpr char kHead[] =
    "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec:\n"
    "  volumes: {data: {}}\n  services:\n    web:\n      image: nginx:1.27\n      ";

Result<LoadResult> LoadService(const std::string& fields) {
  MemoryFileTree tree;
  tree.Put("a.yaml", kHead + fields + "\n");
  return Loader().Load(tree);
}

/// The findings of a service with `fields` beside its image.
std::string FindingsOf(const std::string& fields) {
  const auto loaded = LoadService(fields);
  std::string text;
  for (const Diagnostic& d : loaded->diagnostics) text += d.ToString() + "\n";
  return text;
}

struct Refused {
  const char* fields;
  const char* says;
};

TEST(ServiceRules, WhatIsRefusedIsNamedWithWhatToDo) {
  const Refused cases[] = {
      {"deploy: {update_config: {parallelism: 1}}",
       "deploy.update_config is refused, because rollout says how containers are replaced"},
      {"deploy: {mode: global}", "deploy.mode global is refused"},
      {"deploy: {resources: {reservations: {cpus: '1'}}}", "write cpu_shares"},
      {"credential_spec: {file: x}", "only Windows has it"},
      {"develop: {watch: []}", "develop is refused"},
      {"pull_policy: daily", "pull_policy daily is refused in this release"},
      {"mem_limit: 64m\n      deploy: {resources: {limits: {memory: 128m}}}",
       "mem_limit is 64m and deploy.resources.limits.memory is 128m"},
      {"cpus: '1'\n      cpu_quota: 5000", "takes cpus or cpu_quota, not both"},
      {"memswap_limit: 64m", "there is no mem_limit"},
      {"container_name: one\n      scale: 2", "cannot all have one container_name"},
      {"security_opt: [\"seccomp=./profile.json\"]", "names a profile"},
      {"ulimits: {nofiles: 3}", "did you mean \"nofile\"?"},
  };
  for (const Refused& c : cases) {
    const std::string findings = FindingsOf(c.fields);
    EXPECT_NE(findings.find(c.says), std::string::npos) << c.fields << "\n" << findings;
    EXPECT_NE(findings.find("a.yaml:"), std::string::npos) << c.fields;
  }
}

TEST(ServiceRules, NumbersAndTextsAreTakenForEachOther) {
  const auto loaded = LoadService(
      "shm_size: 100663296\n      pids_limit: \"20\"\n      mem_limit: 64m\n      "
      "deploy: {resources: {limits: {memory: 64M}}}\n      sysctls: {net.core.somaxconn: 1024}\n"
      "      ulimits: {nofile: {soft: \"1\", hard: 2}}");
  for (const Diagnostic& d : loaded->diagnostics) ADD_FAILURE() << d.ToString();
  ASSERT_EQ(loaded->resources.size(), 1u);
  const Json& web = loaded->resources[0]->spec["services"]["web"];
  EXPECT_EQ(web["shm_size"], "100663296");
  EXPECT_EQ(web["pids_limit"], 20);
  EXPECT_EQ(web["sysctls"], Json({{"net.core.somaxconn", "1024"}}));
  EXPECT_EQ(web["ulimits"]["nofile"], Json({{"soft", 1}, {"hard", 2}}));
}

}  // namespace
}  // namespace mooring::manifest
