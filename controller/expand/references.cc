// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/references.h"

#include "controller/base/text.h"
#include "controller/manifest/key_index.h"

namespace mooring::expand {
namespace {

class Checker {
 public:
  Checker(const manifest::LoadResult& loaded, Diagnostics& diagnostics)
      : loaded_(loaded), diagnostics_(diagnostics), index_(loaded.resources.size()) {
    for (const ResourcePtr& r : loaded.resources) index_.Add(*r);
  }

  References Run() {
    for (const ResourcePtr& resource : loaded_.resources) {
      FollowDependsOn(*resource);
      if (resource->key.kind == "Site") FollowBackends(*resource);
    }
    for (auto& [key, needed] : result_.depends_on) {
      std::sort(needed.begin(), needed.end());
      needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
    }
    return std::move(result_);
  }

 private:
  void FollowDependsOn(const Resource& resource) {
    const auto list = resource.spec.find("dependsOn");
    if (list == resource.spec.end()) return;
    for (size_t i = 0; i < list->size(); ++i) {
      const Json& entry = (*list)[i];
      const ResourceKey key{entry.value("kind", ""), entry.value("namespace", resource.key.ns),
                            entry.value("name", "")};
      const auto pointer = [i] { return fmt::format("/dependsOn/{}/name", i); };
      if (Find(key, resource, pointer) != nullptr) {
        result_.depends_on[resource.key].push_back(key);
      }
    }
  }

  void FollowBackends(const Resource& site) {
    size_t index = 0;
    for (const Json& route : site.spec.at("routes")) {
      const size_t i = index++;
      const auto backend = route.find("backend");
      if (backend == route.end()) continue;
      const std::string& text = backend->get_ref<const std::string&>();
      if (text.find("://") != std::string::npos) continue;
      const size_t slash = text.find('/');
      const ResourceKey key{"App", site.key.ns, text.substr(0, slash)};
      const std::string service = text.substr(slash + 1, text.rfind('/') - slash - 1);
      const auto pointer = [i] { return fmt::format("/routes/{}/backend", i); };
      const Resource* app = Find(key, site, pointer);
      if (app == nullptr || !HasService(*app, service, site, pointer)) continue;
      result_.depends_on[site.key].push_back(key);
      result_.routed_services[app].insert(service);
    }
  }

  /// `pointer()` is asked for only when there is something to report.
  bool HasService(const Resource& app, const std::string& service, const Resource& site,
                  const auto& pointer) {
    const Json& services = app.spec.at("services");
    if (services.contains(service)) return true;
    std::vector<std::string> names;
    for (const auto& [name, value] : services.items()) names.push_back(name);
    diagnostics_.push_back({site.LocationOf(pointer()),
                            fmt::format("{} has no service \"{}\"", app.key.ToString(), service),
                            "it has: " + Join(names, ", ")});
    return false;
  }

  /// The resource that `from` names at `pointer`; a finding when there can be none.
  const Resource* Find(const ResourceKey& key, const Resource& from, const auto& pointer) {
    if (const Resource* found = index_.Find(key)) return found;
    if (!loaded_.complete || loaded_.invalid.contains(key)) return nullptr;
    diagnostics_.push_back(
        {from.LocationOf(pointer()), fmt::format("there is no {}", key.ToString()), Advice(key)});
    return nullptr;
  }

  /// A slip of the pen, or the name in another namespace. It looks at every resource, so it is
  /// given for the first missing ones only.
  std::string Advice(const ResourceKey& key) {
    constexpr int kMostAdvice = 20;
    const std::string general = "add it, or remove what names it";
    if (++advice_ > kMostAdvice) return general;
    std::vector<std::string> names;
    const Resource* elsewhere = nullptr;
    for (const ResourcePtr& r : loaded_.resources) {
      if (r->key.kind != key.kind) continue;
      if (r->key.ns == key.ns) names.push_back(r->key.name);
      if (r->key.name == key.name) elsewhere = r.get();
    }
    const std::string near = Nearest(key.name, names);
    if (!near.empty()) return fmt::format("did you mean \"{}\"?", near);
    if (elsewhere == nullptr) return general;
    return fmt::format("{} is in another namespace", elsewhere->key.ToString());
  }

  const manifest::LoadResult& loaded_;
  Diagnostics& diagnostics_;
  manifest::KeyIndex index_;
  References result_;
  int advice_ = 0;
};

}  // namespace

References CheckReferences(const manifest::LoadResult& loaded, Diagnostics& diagnostics) {
  return Checker(loaded, diagnostics).Run();
}

}  // namespace mooring::expand
