// SPDX-License-Identifier: Apache-2.0
// Laws over services made of random parts of the vocabulary: written out and read again they are
// the same, as an App and as a Compose file; applied, nothing is left to do; and whatever the host
// changes of what a spec says is found, named, and nothing else is. RC_PARAMS="seed=..." repeats a
// run, "max_success=..." makes it longer.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "controller/runtime/spec_loader.h"
#include "reconcilers/docker/plan/engine_fields.h"
#include "tests/support/docker/app_fixture.h"
#include "tests/support/docker/vocabulary.h"

namespace mooring::testing {
namespace {

/// Cases of the vocabulary, laid over each other. Called within a property.
Json AnyService() {
  static const std::vector<VocabularyCase> kAll = Vocabulary();
  const auto indices = rc::gen::inRange<size_t>(0, kAll.size());
  Json service = {{"image", "web:1"}};
  for (const size_t i : *rc::gen::unique<std::vector<size_t>>(indices))
    service.merge_patch(kAll[i].service);
  return service;
}

Json SpecOf(const Json& service) {
  return {{"services", {{"web", service}}}, {"volumes", {{"data", Json::object()}}}};
}

/// What the file says; null where it is wrong: parts of the vocabulary may exclude each other.
ResourcePtr Load(const Json& spec, const std::string& compose = "") {
  MemoryFileTree tree;
  const Json document = {{"apiVersion", kApiVersion},
                         {"kind", "App"},
                         {"metadata", {{"name", "shop"}}},
                         {"spec", spec}};
  tree.Put("app.yaml", document.dump());
  if (!compose.empty()) tree.Put("compose.yaml", compose);
  SpecLoader loader;
  const auto loaded = loader.Load(tree);
  if (!loaded) RC_FAIL(loaded.error().ToString());
  return loaded->diagnostics.empty() ? loaded->resources.at(0) : nullptr;
}

class Host : public AppFixture {
 public:
  void TestBody() override {}

  void Apply(const Resource& app) {
    Converge(app);
    if (HasFailure()) RC_FAIL(app.spec.dump());
  }
  /// The paths of what differs, as another process sees it.
  std::set<std::string> Differences(const Resource& app) {
    Restart();
    std::set<std::string> paths;
    for (const Change& change : Plan(app).changes) {
      for (const FieldDiff& diff : change.diffs) paths.insert(diff.path);
    }
    return paths;
  }
  std::string Describe(const Resource& app) { return Lines(Plan(app)); }
  /// The engine forgets what the spec had asked for.
  bool Lose(const docker::EngineField& field) {
    bool had = false;
    host.Edit("default_shop_web_1", [&](FakeDockerHost::Container& c) {
      Json& section = std::string_view(field.section) == "Config" ? c.config : c.host_config;
      const auto found = section.find(field.name);
      had = found != section.end() && !field.canonical(*found).is_null();
      if (had) section.erase(found);
    });
    return had;
  }
};

void Hold(bool law, const std::string& what) {
  if (!law) RC_FAIL(what);
}

TEST(VocabularyLaws, WrittenOutAndReadAgainItIsTheSame) {
  EXPECT_TRUE(rc::check([] {
    const ResourcePtr read = Load(SpecOf(AnyService()));
    if (!read) RC_DISCARD("parts that exclude each other");
    const ResourcePtr again = Load(read->spec);
    Hold(again && again->spec == read->spec && again->spec_digest == read->spec_digest,
         read->spec.dump());
  }));
}

TEST(VocabularyLaws, AComposeFileMeansWhatTheAppWouldSay) {
  EXPECT_TRUE(rc::check([] {
    const Json spec = SpecOf(AnyService());
    const ResourcePtr written = Load(spec);
    if (!written) RC_DISCARD("parts that exclude each other");
    const ResourcePtr composed = Load({{"compose", {{"file", "./compose.yaml"}}}}, spec.dump());
    // The official tool takes less: no device without a target, no pids in deploy beside cpus.
    if (!composed) RC_DISCARD("no Compose");
    Host host;
    host.Apply(*written);
    Hold(host.Differences(*composed).empty(), host.Describe(*composed) + "\n" + spec.dump());
  }));
}

TEST(VocabularyLaws, AppliedItIsAtRestAndEachLossIsNamed) {
  EXPECT_TRUE(rc::check([] {
    const ResourcePtr app = Load(SpecOf(AnyService()));
    if (!app) RC_DISCARD("parts that exclude each other");
    Host host;
    host.Apply(*app);
    Hold(host.Describe(*app).empty(), host.Describe(*app));
    const docker::EngineSettings settings =
        docker::ReadEngineSettings(app->spec["services"]["web"]);
    std::vector<const docker::EngineField*> said;
    for (const docker::EngineField& field : docker::EngineFields()) {
      const auto setting = settings.find(field.word);
      // What the engine has of it stands elsewhere.
      const bool elsewhere =
          setting != settings.end() && setting->second.value == Json{"systempaths=unconfined"};
      if (setting != settings.end() && !elsewhere &&
          !field.canonical(setting->second.value).is_null())
        said.push_back(&field);
    }
    if (said.empty()) return;
    const docker::EngineField& field = *said[*rc::gen::inRange<size_t>(0, said.size())];
    if (!host.Lose(field)) return;
    const std::string path = "services.web." + settings.find(field.word)->second.path;
    Hold(host.Differences(*app) == std::set<std::string>{path},
         "not " + path + " alone: " + host.Describe(*app));
    host.Apply(*app);
    Hold(host.Describe(*app).empty(), host.Describe(*app));
  }));
}

}  // namespace
}  // namespace mooring::testing
