// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/expand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mooring::expand {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::string App(const std::string& name, const std::string& image = "nginx:1.27") {
  return fmt::format(
      "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {{name: {}}}\nspec:\n"
      "  services:\n    web: {{image: \"{}\"}}\n    api: {{image: nginx}}\n",
      name, image);
}

std::string Site(const std::string& name, const std::string& routes) {
  return fmt::format(
      "apiVersion: mooring.dev/v1alpha1\nkind: Site\nmetadata: {{name: {0}}}\nspec:\n"
      "  hosts: [{0}.example.com]\n  routes: {1}\n",
      name, routes);
}

class Fleet : public testing::Test {
 protected:
  Expanded Run() {
    Expanded expanded = expander_.Expand(*loader_.Load(tree_));
    findings_.clear();
    for (const Diagnostic& d : expanded.diagnostics) findings_.push_back(d.ToString());
    return expanded;
  }
  ResourcePtr Find(const Expanded& expanded, const std::string& key) {
    for (const ResourcePtr& r : expanded.resources) {
      if (r->key.ToString() == key) return r;
    }
    return nullptr;
  }

  MemoryFileTree tree_;
  manifest::Loader loader_;
  Expander expander_;
  std::vector<std::string> findings_;
};

TEST_F(Fleet, GivesAnAppTheServicesThatSitesPointAt) {
  tree_.Put("a.yaml", App("a"));
  tree_.Put("b.yaml", App("b"));
  tree_.Put("s.yaml", Site("s", "[{backend: a/web/80}, {path: /x, backend: a/api/81}]"));
  tree_.Put("t.yaml", Site("t", "[{backend: a/web/82}, {path: /y, backend: \"https://x.org\"}]"));
  const Expanded expanded = Run();
  EXPECT_THAT(findings_, IsEmpty());
  const ResourcePtr a = Find(expanded, "App/default/a");
  EXPECT_EQ(a->derived, Json::parse(R"({"routedServices": ["api", "web"]})"));
  EXPECT_EQ(a->spec_digest, SpecDigest(a->spec, a->derived));
  EXPECT_EQ(Find(expanded, "App/default/b")->derived, Json::object());
  const ResourceKey app{"App", "default", "a"};
  EXPECT_THAT(expanded.depends_on,
              ElementsAre(Pair(ResourceKey{"Site", "default", "s"}, ElementsAre(app)),
                          Pair(ResourceKey{"Site", "default", "t"}, ElementsAre(app))));
}

std::string WithJob(const std::string& service, const std::string& more = "") {
  return App("a") + "  jobs: [{service: " + service + ", once: x}]\n" + more;
}

TEST_F(Fleet, AJobIsLookedAtAgainWhenOnlyItsAppChanges) {
  tree_.Put("a.yaml", WithJob("api"));
  tree_.Put("s.yaml", Site("s", "[{backend: a/web/80}]"));
  Run();
  EXPECT_THAT(findings_, IsEmpty());
  tree_.Put("a.yaml", WithJob("apii"));
  Run();
  EXPECT_THAT(findings_, ElementsAre("a.yaml:8:20: there is no service \"apii\" in this App; did "
                                     "you mean \"api\"?"));
  tree_.Put("a.yaml", WithJob("web"));
  Run();
  EXPECT_THAT(findings_,
              ElementsAre("s.yaml:6:22: service \"web\" of App/default/a is a job: nothing listens "
                          "there between its runs; point at a service that is kept running"));
}

TEST_F(Fleet, ASiteKnowsThatItsAppIsStopped) {
  tree_.Put("a.yaml", App("a"));
  tree_.Put("s.yaml", Site("s", "[{backend: a/web/80}]"));
  const Expanded running = Run();
  tree_.Put("a.yaml", App("a") + "  state: Stopped\n");
  const Expanded stopped = Run();
  const ResourcePtr site = Find(stopped, "Site/default/s");
  EXPECT_EQ(site->derived["stoppedBackends"], Json::array({"App/default/a"}));
  EXPECT_EQ(site->spec_digest, Find(running, "Site/default/s")->spec_digest)
      << "its own spec is as it was";
  tree_.Put("a.yaml", App("a"));
  EXPECT_EQ(Find(Run(), "Site/default/s")->derived, Json::object());
}

TEST_F(Fleet, KeepsThePointersOfWhatDoesNotChange) {
  tree_.Put("a.yaml", App("a"));
  tree_.Put("b.yaml", App("b"));
  tree_.Put("s.yaml", Site("s", "[{backend: a/web/80}]"));
  const Expanded first = Run();
  tree_.Put("b.yaml", App("b", "nginx:1.28"));
  const Expanded second = Run();
  EXPECT_EQ(Find(first, "App/default/a"), Find(second, "App/default/a"));
  EXPECT_EQ(Find(first, "Site/default/s"), Find(second, "Site/default/s"));
  EXPECT_NE(Find(first, "App/default/b"), Find(second, "App/default/b"));
  tree_.Put("s.yaml", Site("s", "[{backend: a/api/80}]"));
  const Expanded third = Run();
  EXPECT_NE(Find(first, "App/default/a"), Find(third, "App/default/a"));
  EXPECT_NE(Find(first, "App/default/a")->spec_digest, Find(third, "App/default/a")->spec_digest);
}

TEST_F(Fleet, GivesAfterAnyEditWhatALookAtAllGives) {
  const auto service = [](const std::string& more) {
    return "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: b}\nspec:\n" + more;
  };
  const std::string web = "  services:\n    web: {image: \"nginx:1\"}\n";
  tree_.Put("a.yaml", App("a"));
  tree_.Put("b.yaml", service(web));
  tree_.Put("s.yaml", Site("s", "[{backend: a/web/80}]"));
  Run();
  const std::vector<std::pair<std::string, std::string>> edits = {
      {"a.yaml", App("a", "nginx:1.28")},
      {"b.yaml", service("  services:\n    web: {image: \"nginx:2\"}\n")},
      {"b.yaml", service(web + "  suspend: true\n")},
      {"b.yaml", service(web + "    api: {image: nginx}\n")},
      {"s.yaml", Site("s", "[{backend: a/web/80}, {path: /b, backend: b/api/80}]")},
      {"b.yaml", service(web)},  // the route leads nowhere now
      {"a.yaml", App("a", "nginx:1.29")},
      {"s.yaml", Site("s", "[{backend: b/web/80}]")},
      {"b.yaml", service(web + "  dependsOn: [{kind: App, name: a}]\n")},
      {"b.yaml", service("  services:\n    web: {image: nginx, ports: [\"80:80\"]}\n")},
      {"a.yaml",
       "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: a}\nspec:\n"
       "  services: {web: {image: nginx, ports: [\"80:80\"]}}\n"},
      {"a.yaml", App("a")},
      {"n.yaml",
       "apiVersion: mooring.dev/v1alpha1\nkind: Namespace\nmetadata: {name: default}\n"
       "spec: {suspend: true}\n"},
      {"a.yaml", App("a", "nginx:1.30")},
      {"n.yaml",
       "apiVersion: mooring.dev/v1alpha1\nkind: Namespace\nmetadata: {name: default}\n"
       "spec: {}\n"},
      {"a.yaml", App("c")}};
  const auto text = [](const Expanded& expanded) {
    std::string all;
    for (const ResourcePtr& r : expanded.resources)
      all += fmt::format("{} {} {}\n", r->key.ToString(), r->spec_digest, r->derived.dump());
    for (const auto& [key, needed] : expanded.depends_on) {
      for (const ResourceKey& other : needed)
        all += fmt::format("{} -> {}\n", key.ToString(), other.ToString());
    }
    for (const Diagnostic& d : expanded.diagnostics) all += d.ToString() + "\n";
    return all;
  };
  for (const auto& [path, content] : edits) {
    tree_.Put(path, content);
    const Expanded expanded = Run();
    EXPECT_EQ(text(expanded), text(Expand(*manifest::Loader().Load(tree_)))) << path << content;
  }
}

TEST_F(Fleet, AddsExplicitDependenciesOnce) {
  tree_.Put("a.yaml", App("a"));
  tree_.Put("s.yaml", Site("s", "[{backend: a/web/80}]") + "  dependsOn: [{kind: App, name: a}]\n");
  EXPECT_THAT(Run().depends_on, ElementsAre(Pair(ResourceKey{"Site", "default", "s"},
                                                 ElementsAre(ResourceKey{"App", "default", "a"}))));
  EXPECT_THAT(findings_, IsEmpty());
}

TEST_F(Fleet, SaysNothingOfReferencesThatOtherFindingsExplain) {
  tree_.Put("a.yaml", App("a", "A B"));
  tree_.Put("s.yaml", Site("s", "[{backend: a/web/80}]"));
  Run();
  EXPECT_THAT(findings_, ElementsAre("a.yaml:6:18: \"A B\" is not an image; write one such as "
                                     "ghcr.io/example/hello:1.0.0"));
  tree_.Put("a.yaml", "{");
  Run();
  EXPECT_EQ(findings_.size(), 1U);
}

TEST_F(Fleet, LetsTwoAddressesPublishTheSamePort) {
  const auto app = [](const std::string& name, const std::string& port) {
    return "apiVersion: mooring.dev/v1alpha1\nkind: App\nmetadata: {name: " + name +
           "}\nspec:\n  services:\n    web: {image: nginx, ports: [\"" + port + "\"]}\n";
  };
  tree_.Put("a.yaml", app("a", "127.0.0.1:80:80"));
  tree_.Put("b.yaml", app("b", "127.0.0.2:80:80"));
  tree_.Put("c.yaml", app("c", "80:80/udp"));
  Run();
  EXPECT_THAT(findings_, IsEmpty());
  tree_.Put("d.yaml", app("d", "[::]:80:80"));
  Run();
  EXPECT_EQ(findings_.size(), 1U);
}

std::string Namespace(const std::string& name, const std::string& spec) {
  return fmt::format(
      "apiVersion: mooring.dev/v1alpha1\nkind: Namespace\nmetadata: {{name: {}}}\nspec: {}\n", name,
      spec);
}

TEST_F(Fleet, AComposeProjectIsAdoptedByOneApp) {
  tree_.Put("a.yaml", App("a") + "  adopt: {composeProject: b}\n");
  tree_.Put("b.yaml", App("b"));
  Run();
  EXPECT_THAT(findings_, IsEmpty());
  // The name of the App is the project's when nothing else is said.
  tree_.Put("b.yaml", App("b") + "  adopt: {}\n");
  Run();
  EXPECT_THAT(findings_, ElementsAre("b.yaml:8:10: Compose project b is adopted by App/default/a "
                                     "already; the first is at a.yaml:8:10; remove one of them"));
}

TEST_F(Fleet, ANamespaceCountsItsResources) {
  tree_.Put("n.yaml", Namespace("default", "{}"));
  tree_.Put("a.yaml", App("a"));
  tree_.Put("b.yaml", App("b"));
  EXPECT_EQ(Find(Run(), "Namespace/default")->derived, Json({{"resources", 2}}));
  tree_.Remove("b.yaml");
  EXPECT_EQ(Find(Run(), "Namespace/default")->derived, Json({{"resources", 1}}));
}

TEST_F(Fleet, ASuspendedNamespaceHoldsItsResourcesAndChangesNoSpec) {
  tree_.Put("n.yaml", Namespace("default", "{}"));
  tree_.Put("a.yaml", App("a"));
  const std::string digest = Find(Run(), "App/default/a")->spec_digest;
  tree_.Put("n.yaml", Namespace("default", "{suspend: true}"));
  const ResourcePtr held = Find(Run(), "App/default/a");
  EXPECT_EQ(held->derived, Json({{"suspendedBy", "Namespace/default"}}));
  EXPECT_EQ(held->spec_digest, digest);
  EXPECT_EQ(Find(Run(), "App/default/a"), held);
}

std::string Host(const std::string& name, const std::string& site) {
  return fmt::format(
      "apiVersion: mooring.dev/v1alpha1\nkind: Host\nmetadata: {{name: {}, labels: {{site: {}}}}}\n"
      "spec: {{}}\n",
      name, site);
}

class Placed : public testing::Test {
 protected:
  Placed() { tree_.Put("hosts.yaml", Host("one", "fra") + "---\n" + Host("two", "hel")); }
  /// The Apps and Sites that are on the host.
  std::vector<std::string> On(const std::string& host) {
    const Expanded expanded = Expand(*manifest::Loader(host).Load(tree_), host);
    findings_.clear();
    for (const Diagnostic& d : expanded.diagnostics) findings_.push_back(d.ToString());
    why_.clear();
    for (const NotPlaced& one : expanded.not_placed)
      why_.push_back(one.key.ToString() + ": " + one.why);
    std::vector<std::string> names;
    for (const ResourcePtr& r : expanded.resources) {
      if (!r->key.ns.empty()) names.push_back(r->key.ToString());
    }
    return names;
  }
  static std::string At(const std::string& app, const std::string& labels) {
    return App(app) + "  placement: {matchLabels: " + labels + "}\n";
  }

  MemoryFileTree tree_;
  std::vector<std::string> findings_;
  std::vector<std::string> why_;
};

TEST_F(Placed, ASelectorChoosesHosts) {
  tree_.Put("a.yaml", At("a", "{site: fra}"));
  tree_.Put("b.yaml", At("b", "{mooring.dev/host: two}"));
  tree_.Put("c.yaml", At("c", "{}"));
  tree_.Put("d.yaml", App("d"));
  EXPECT_THAT(On("one"), ElementsAre("App/default/a", "App/default/c", "App/default/d"));
  EXPECT_THAT(why_, ElementsAre("App/default/b: placement mooring.dev/host=two, and one has "
                                "mooring.dev/host=one"));
  EXPECT_THAT(On("two"), ElementsAre("App/default/b", "App/default/c", "App/default/d"));
  EXPECT_THAT(On(""), testing::SizeIs(4));
}

TEST_F(Placed, ANamespaceSaysItForWhatSaysNothing) {
  tree_.Put("n.yaml", Namespace("default", "{placement: {matchLabels: {site: hel}}}"));
  tree_.Put("a.yaml", App("a"));
  tree_.Put("b.yaml", At("b", "{}"));
  tree_.Put("s.yaml", Site("s", "[{respond: {body: x}}]"));
  EXPECT_THAT(On("one"), ElementsAre("App/default/b"));
  EXPECT_THAT(why_, ElementsAre("App/default/a: Namespace/default has placement site=hel, and one "
                                "has site=fra",
                                "Site/default/s: Namespace/default has placement site=hel, and one "
                                "has site=fra"));
  EXPECT_THAT(On("two"), testing::SizeIs(3));
}

TEST_F(Placed, ASiteIsWhereItsBackendsAre) {
  tree_.Put("a.yaml", At("a", "{site: fra}"));
  tree_.Put("b.yaml", At("b", "{site: hel}"));
  tree_.Put("s.yaml", Site("s", "[{backend: a/web/80}]"));
  EXPECT_THAT(On("one"), ElementsAre("App/default/a", "Site/default/s"));
  EXPECT_THAT(On("two"), ElementsAre("App/default/b"));
  EXPECT_THAT(why_[1], "Site/default/s: its backends are not here: App/default/a");
  EXPECT_THAT(findings_, IsEmpty());
  tree_.Put("s.yaml", Site("s", "[{backend: a/web/80}, {path: /b, backend: b/web/80}]"));
  On("one");
  EXPECT_THAT(findings_,
              ElementsAre("s.yaml:6:53: App/default/b is not on this host: placement site=hel, and "
                          "one has site=fra; place both alike, or remove what names it"));
}

TEST_F(Placed, HostsWithoutOursAreAFinding) {
  tree_.Put("a.yaml", App("a"));
  On("on");
  EXPECT_THAT(findings_,
              ElementsAre("hosts.yaml:1:1: no Host is called \"on\", and that is the name "
                          "of this host; set host.name in mooring.yaml, did you mean "
                          "\"one\"?"));
  tree_.Remove("hosts.yaml");
  EXPECT_THAT(On("on"), ElementsAre("App/default/a"));
  EXPECT_THAT(findings_, IsEmpty());
}

TEST_F(Placed, WhatOthersDefineIsMissedOnlyHere) {
  tree_.Put("a.yaml", App("a", "nginx:${TAG}") + "  placement: {matchLabels: {site: hel}}\n");
  EXPECT_THAT(On("one"), IsEmpty());
  EXPECT_THAT(findings_, IsEmpty());
  On("two");
  EXPECT_THAT(findings_, ElementsAre(testing::HasSubstr("variable TAG is not defined")));
}

TEST_F(Placed, TwoSitesOfOneHostNameMayBeOnTwoHosts) {
  const std::string site =
      "apiVersion: mooring.dev/v1alpha1\nkind: Site\nmetadata: {{name: {}}}\n"
      "spec:\n  hosts: [x.org]\n  routes: [{{respond: {{body: x}}}}]\n"
      "  placement: {{matchLabels: {{site: {}}}}}\n";
  tree_.Put("s.yaml", fmt::format(fmt::runtime(site), "s", "fra"));
  tree_.Put("t.yaml", fmt::format(fmt::runtime(site), "t", "hel"));
  EXPECT_THAT(On("one"), ElementsAre("Site/default/s"));
  EXPECT_THAT(findings_, IsEmpty());
}

}  // namespace
}  // namespace mooring::expand
