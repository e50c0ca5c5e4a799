// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/consistency.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "controller/base/text.h"
#include "controller/expand/compose/nodes.h"
#include "controller/expand/compose/render.h"

namespace mooring::compose {
namespace {

class Checker {
 public:
  Checker(const Node& root, const std::set<std::string>& disabled, Problems& problems)
      : root_(root), disabled_(disabled), problems_(problems), services_(root.Find("services")) {}

  void Check() {
    if (services_ == nullptr) return;
    for (const Member& m : services_->members) Service(m);
    if (!problems_.Any()) Circles();
  }

 private:
  void Service(const Member& member) {
    const Node& service = member.value;
    const std::string& name = member.key;
    const Node* build = service.Find("build");
    if (build == nullptr && service.StringAt("image").empty()) {
      problems_.Add(member.key_at, fmt::format("services.{} has neither image nor build", name),
                    "add image:");
    }
    if (build != nullptr) Build(name, *build, service);
    const Node* mode = service.Find("network_mode");
    const Node* networks = service.Find("networks");
    if (mode != nullptr && !mode->text.empty() && networks != nullptr &&
        !networks->members.empty()) {
      problems_.Add(mode->at, fmt::format("services.{} has network_mode and networks", name),
                    "keep one of them");
    }
    if (networks != nullptr) {
      for (const Member& m : networks->members) Declared("networks", m.key, m.key_at, name);
    }
    HealthTest(service);
    Dependencies(name, service);
    Mounts(name, service);
    Files(name, "configs", service.Find("configs"));
    Files(name, "secrets", service.Find("secrets"));
    Twice(member);
    ContainerName(member);
    Watch(service);
  }

  void Declared(std::string_view kind, const std::string& used, Position at,
                const std::string& service) {
    const Node* declared = root_.Find(kind);
    if (declared != nullptr && FindMember(*declared, used) != nullptr) return;
    std::vector<std::string> names;
    for (size_t i = 0; declared != nullptr && i < declared->members.size(); ++i)
      names.push_back(declared->members[i].key);
    const std::string near = Nearest(used, names);
    problems_.Add(
        at, fmt::format("services.{} uses \"{}\", which {} does not declare", service, used, kind),
        near.empty() ? fmt::format("add {}: to {} of the file", used, kind)
                     : fmt::format("did you mean \"{}\"?", near));
  }

  void Build(const std::string& name, const Node& build, const Node& service) {
    const Node* inline_text = build.Find("dockerfile_inline");
    if (inline_text != nullptr && !inline_text->text.empty() &&
        !build.StringAt("dockerfile").empty()) {
      problems_.Add(inline_text->at,
                    fmt::format("services.{} has dockerfile and dockerfile_inline", name),
                    "keep one of them");
    }
    const Node* platforms = build.Find("platforms");
    const std::string_view platform = service.StringAt("platform");
    if (platforms != nullptr && !platforms->items.empty() && !platform.empty() &&
        std::ranges::none_of(platforms->items, [&](const Node& n) { return n.text == platform; })) {
      problems_.Add(platforms->at,
                    fmt::format("build.platforms must have the service's platform {}", platform),
                    "add it");
    }
    Files(name, "secrets", build.Find("secrets"));
  }

  void HealthTest(const Node& service) {
    const Node* healthcheck = service.Find("healthcheck");
    const Node* test = healthcheck == nullptr ? nullptr : healthcheck->Find("test");
    if (test == nullptr || test->items.empty()) return;
    const std::string& first = test->items[0].text;
    if (first == "CMD" || first == "CMD-SHELL" || first == "NONE") return;
    problems_.Add(test->items[0].at, "healthcheck.test must begin with CMD, CMD-SHELL or NONE",
                  fmt::format("write [CMD, {}, ...]", first));
  }

  void Dependencies(const std::string& name, const Node& service) {
    const Node* depends_on = service.Find("depends_on");
    for (size_t i = 0; depends_on != nullptr && i < depends_on->members.size(); ++i) {
      const Member& m = depends_on->members[i];
      if (FindMember(*services_, m.key) != nullptr) continue;
      const bool disabled = disabled_.contains(m.key);
      const Node* required = m.value.Find("required");
      if (disabled && required != nullptr && required->text == "false") continue;
      problems_.Add(
          m.key_at,
          fmt::format("services.{} depends on {}, which {}", name, m.key,
                      disabled ? "no chosen profile has" : "is no service"),
          disabled ? "choose one of its profiles, or write required: false" : "check the name");
    }
    const Node* mode = service.Find("network_mode");
    constexpr std::string_view kService = "service:";
    if (mode == nullptr || !mode->text.starts_with(kService)) return;
    const std::string other = mode->text.substr(kService.size());
    if (FindMember(*services_, other) == nullptr && !problems_.Any())
      problems_.Add(mode->at, fmt::format("{} is no service", other), "check the name");
  }

  void Mounts(const std::string& name, const Node& service) {
    const Node* mounts = service.Find("volumes");
    for (size_t i = 0; mounts != nullptr && i < mounts->items.size(); ++i) {
      const Node& mount = mounts->items[i];
      const Node* source = mount.Find("source");
      if (mount.StringAt("type") == "volume" && source != nullptr && !source->text.empty())
        Declared("volumes", source->text, source->at, name);
    }
  }

  void Files(const std::string& name, std::string_view kind, const Node* files) {
    for (size_t i = 0; files != nullptr && i < files->items.size(); ++i) {
      const Node* source = files->items[i].Find("source");
      Declared(kind, source == nullptr ? "" : source->text, files->items[i].at, name);
    }
  }

  /// Limits that are said in deploy as well must be the same.
  void Twice(const Member& member) {
    Problems ignored;
    const OrderedJson service =
        Render(member.value, ServiceShape(), Form::kJson, ignored).value_or(OrderedJson::object());
    if (!service.contains("deploy")) return;
    const OrderedJson& deploy = service["deploy"];
    if (service.contains("scale") && deploy.contains("replicas") &&
        service["scale"] != deploy["replicas"]) {
      SaidTwice(member, "scale", "deploy.replicas");
    }
    static constexpr const char* kLimits[][3] = {{"cpus", "limits", "cpus"},
                                                 {"mem_limit", "limits", "memory"},
                                                 {"mem_reservation", "reservations", "memory"},
                                                 {"pids_limit", "limits", "pids"}};
    for (const auto& [field, group, limit] : kLimits) {
      if (!service.contains(field) || !deploy["resources"].contains(group)) continue;
      const OrderedJson& limits = deploy["resources"][group];
      if (!limits.contains(limit) || limits[limit] != service[field])
        SaidTwice(member, field, fmt::format("deploy.resources.{}.{}", group, limit));
    }
  }
  void SaidTwice(const Member& member, const std::string& a, const std::string& b) {
    problems_.Add(member.value.Find(a)->at,
                  fmt::format("services.{} says something else in {} than in {}", member.key, a, b),
                  "keep one of them");
  }

  void ContainerName(const Member& member) {
    const Node* name = member.value.Find("container_name");
    if (name == nullptr || name->text.empty()) return;
    const Node* scale = member.value.Find("scale");
    const Node* deploy = member.value.Find("deploy");
    if (scale == nullptr && deploy != nullptr) scale = deploy->Find("replicas");
    if (scale != nullptr && scale->IsScalar() && scale->text != "0" && scale->text != "1") {
      problems_.Add(name->at,
                    fmt::format("{} containers cannot all be called {}", scale->text, name->text),
                    "remove container_name, or have one container");
    }
    const auto [first, is_new] = container_names_.try_emplace(name->text, member.key);
    if (is_new) return;
    problems_.Add(name->at,
                  fmt::format("services.{} and services.{} have the same container_name",
                              first->second, member.key),
                  "give one of them another");
  }

  void Watch(const Node& service) {
    const Node* develop = service.Find("develop");
    const Node* watch = develop == nullptr ? nullptr : develop->Find("watch");
    for (size_t i = 0; watch != nullptr && i < watch->items.size(); ++i) {
      const Node& trigger = watch->items[i];
      const std::string_view action = trigger.StringAt("action");
      if (trigger.StringAt("target").empty() && action != "rebuild" && action != "restart")
        problems_.Add(trigger.at, fmt::format("{} needs a target", action), "add target:");
    }
  }

  void Circles() {
    std::map<std::string, int> seen;  // 1: on the way, 2: done
    for (const Member& m : services_->members) {
      std::vector<std::string> way;
      if (Visit(m, seen, way)) return;
    }
  }
  bool Visit(const Member& member, std::map<std::string, int>& seen,
             std::vector<std::string>& way) {
    int& state = seen[member.key];
    if (state == 2) return false;
    way.push_back(member.key);
    if (state == 1) {
      way.erase(way.begin(), std::ranges::find(way, member.key));
      problems_.Add(member.key_at,
                    fmt::format("services depend on each other in a circle: {}", Join(way, " -> ")),
                    "remove one of the dependencies");
      return true;
    }
    state = 1;
    const Node* depends_on = member.value.Find("depends_on");
    for (size_t i = 0; depends_on != nullptr && i < depends_on->members.size(); ++i) {
      const Member* next = FindMember(*services_, depends_on->members[i].key);
      if (next != nullptr && Visit(*next, seen, way)) return true;
    }
    seen[member.key] = 2;
    way.pop_back();
    return false;
  }

  const Node& root_;
  const std::set<std::string>& disabled_;
  Problems& problems_;
  const Node* services_;
  std::map<std::string, std::string> container_names_;
};

}  // namespace

void CheckConsistency(const Node& root, const std::set<std::string>& disabled, Problems& problems) {
  Checker(root, disabled, problems).Check();
}

}  // namespace mooring::compose
