// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/interpolate.h"

#include <fmt/format.h>

#include "controller/manifest/compose_scalars.h"

namespace mooring::compose {
namespace {

enum class Type { kInteger, kFloat, kFloat32, kBool };

struct Cast {
  std::string_view pattern;
  Type type;
};
constexpr Cast kCasts[] = {
    {"services.*.configs.[].mode", Type::kInteger},
    {"services.*.cpu_count", Type::kInteger},
    {"services.*.cpu_percent", Type::kFloat},
    {"services.*.cpu_period", Type::kInteger},
    {"services.*.cpu_quota", Type::kInteger},
    {"services.*.cpu_rt_period", Type::kInteger},
    {"services.*.cpu_rt_runtime", Type::kInteger},
    {"services.*.cpus", Type::kFloat32},
    {"services.*.cpu_shares", Type::kInteger},
    {"services.*.init", Type::kBool},
    {"services.*.deploy.replicas", Type::kInteger},
    {"services.*.deploy.update_config.parallelism", Type::kInteger},
    {"services.*.deploy.update_config.max_failure_ratio", Type::kFloat},
    {"services.*.deploy.rollback_config.parallelism", Type::kInteger},
    {"services.*.deploy.rollback_config.max_failure_ratio", Type::kFloat},
    {"services.*.deploy.restart_policy.max_attempts", Type::kInteger},
    {"services.*.deploy.placement.max_replicas_per_node", Type::kInteger},
    {"services.*.healthcheck.retries", Type::kInteger},
    {"services.*.healthcheck.disable", Type::kBool},
    {"services.*.oom_kill_disable", Type::kBool},
    {"services.*.oom_score_adj", Type::kInteger},
    {"services.*.pids_limit", Type::kInteger},
    {"services.*.ports.[].target", Type::kInteger},
    {"services.*.privileged", Type::kBool},
    {"services.*.read_only", Type::kBool},
    {"services.*.scale", Type::kInteger},
    {"services.*.secrets.[].mode", Type::kInteger},
    {"services.*.stdin_open", Type::kBool},
    {"services.*.tty", Type::kBool},
    {"services.*.ulimits.*", Type::kInteger},
    {"services.*.ulimits.*.hard", Type::kInteger},
    {"services.*.ulimits.*.soft", Type::kInteger},
    {"services.*.volumes.[].read_only", Type::kBool},
    {"services.*.volumes.[].volume.nocopy", Type::kBool},
    {"networks.*.external", Type::kBool},
    {"networks.*.internal", Type::kBool},
    {"networks.*.attachable", Type::kBool},
    {"networks.*.enable_ipv6", Type::kBool},
    {"volumes.*.external", Type::kBool},
    {"secrets.*.external", Type::kBool},
    {"configs.*.external", Type::kBool},
};

bool CastTo(Node& node, Type type) {
  if (type == Type::kBool) {
    const auto value = manifest::ReadComposeBool(node.text);
    if (value) node = MakeBool(node.at, *value);
    return value.has_value();
  }
  if (type == Type::kInteger) {
    const auto value = manifest::ReadDecimal(node.text);
    if (value) node = Node::Integer(node.at, *value);
    return value.has_value();
  }
  const auto value = manifest::ReadFloat(node.text);
  if (!value) return false;
  node.type = Node::Type::kNumber;
  node.text = type == Type::kFloat32 ? manifest::FloatText(static_cast<float>(*value))
                                     : manifest::FloatText(*value);
  return true;
}

class Interpolator {
 public:
  Interpolator(const Lookup& lookup, Problems& problems) : lookup_(lookup), problems_(problems) {}

  void Replace(Node& node) {
    if (node.IsString()) Text(node);
    for (Member& m : node.members) {
      path_.push_back(m.key);
      Replace(m.value);
      path_.pop_back();
    }
    if (node.items.empty()) return;
    path_.emplace_back("[]");
    for (Node& item : node.items) Replace(item);
    path_.pop_back();
  }

 private:
  void Text(Node& node) {
    if (node.text.find('$') != std::string::npos) {
      auto text = Substitute(node.text, lookup_);
      if (!text) {
        problems_.Add(node.at, std::move(text.error().what), std::move(text.error().hint));
        return;
      }
      node.substituted = true;
      node.text = *std::move(text);
    }
    for (const Cast& cast : kCasts) {
      if (!Matches(path_, cast.pattern)) continue;
      if (!CastTo(node, cast.type)) {
        const std::string_view what = cast.type == Type::kBool      ? "true or false"
                                      : cast.type == Type::kInteger ? "a whole number"
                                                                    : "a number";
        problems_.Add(node.at,
                      fmt::format("{} must be {}, got \"{}\"", PathText(path_), what, node.text),
                      fmt::format("write {}", what));
      }
      return;
    }
  }

  const Lookup& lookup_;
  Problems& problems_;
  Path path_;
};

}  // namespace

void Interpolate(Node& root, const Lookup& lookup, Problems& problems) {
  Interpolator(lookup, problems).Replace(root);
}

}  // namespace mooring::compose
