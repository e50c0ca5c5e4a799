// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/export_app.h"

#include <algorithm>
#include <set>

#include "controller/base/text.h"
#include "reconcilers/docker/plan/app_spec.h"
#include "reconcilers/docker/plan/labels.h"

namespace mooring::docker {
namespace {

using Ordered = nlohmann::ordered_json;

constexpr char kProject[] = "com.docker.compose.project";
constexpr char kComposeService[] = "com.docker.compose.service";
constexpr char kComposeNumber[] = "com.docker.compose.container-number";
constexpr char kOnlyService[] = "main";
constexpr size_t kLongestName = 63;

std::string Label(const ContainerFacts& container, const char* name) {
  const Json& inspect = container.inspect;
  const Json labels = inspect.value("Config", Json::object()).value("Labels", Json());
  return labels.is_object() ? labels.value(name, "") : "";
}

std::string NameOf(const ContainerFacts& container) {
  const std::string name = container.inspect.value("Name", "");
  return name.starts_with('/') ? name.substr(1) : name;
}

/// "My_Wiki.1" as "my-wiki-1": what a resource may be called.
std::string DnsLabel(const std::string& name) {
  std::string label;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      label += static_cast<char>(std::tolower(byte));
    } else if (!label.empty() && label.back() != '-') {
      label += '-';
    }
  }
  if (label.size() > kLongestName) label.resize(kLongestName);
  while (label.ends_with('-')) label.pop_back();
  return label.empty() ? "app" : label;
}

/// Compose's name, as it is where a service may be called so.
std::string ServiceName(std::string name) {
  for (char& c : name) {
    const bool allowed = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
    if (!allowed) c = '_';
  }
  if (name.size() > kLongestName) name.resize(kLongestName);
  while (name.ends_with('-')) name.pop_back();
  name.erase(0, std::min(name.find_first_not_of('-'), name.size()));
  return name.empty() ? kOnlyService : name;
}

/// Containers that belong together.
struct Group {
  ResourceKey key;
  std::string origin;  ///< "" when Mooring made it
  ExportNames names;
  std::map<std::string, std::vector<const ContainerFacts*>> services;
};

Group ManagedGroup(const ContainerFacts& container) {
  Group group{.key = {"App", Label(container, label::kNamespace), Label(container, label::kName)}};
  const std::string network = AppSpec{.ns = group.key.ns, .name = group.key.name}.NetworkName();
  group.names = {.prefix = network + "_", .networks = {network}};
  return group;
}

Group ProjectGroup(const std::string& project) {
  return {.key = {"App", "default", DnsLabel(project)},
          .origin = "the Compose project " + project,
          .names = {.prefix = project + "_", .networks = {project + "_default"}}};
}

Group LoneGroup(const ContainerFacts& container) {
  const std::string name = NameOf(container);
  return {.key = {"App", "default", DnsLabel(name)},
          .origin = "the container " + name,
          .names = {.prefix = name + "_", .networks = {}}};
}

std::vector<Group> Grouped(const std::vector<ContainerFacts>& containers) {
  std::map<std::string, Group> groups;  // by what they have in common
  for (const ContainerFacts& container : containers) {
    const bool managed = Label(container, label::kKind) == "App";
    const std::string project = Label(container, kProject);
    Group group = managed            ? ManagedGroup(container)
                  : !project.empty() ? ProjectGroup(project)
                                     : LoneGroup(container);
    std::string service = kOnlyService;
    if (managed) service = Label(container, label::kService);
    if (!managed && !project.empty()) service = ServiceName(Label(container, kComposeService));
    const std::string common = managed ? group.key.ToString() : group.origin;
    groups.try_emplace(common, std::move(group))
        .first->second.services[service]
        .push_back(&container);
  }
  std::vector<Group> list;
  for (auto& [common, group] : groups) list.push_back(std::move(group));
  // What Mooring made keeps its name.
  std::stable_sort(list.begin(), list.end(), [](const Group& a, const Group& b) {
    return a.origin.empty() > b.origin.empty();
  });
  return list;
}

/// The service's containers with the lowest number first.
std::vector<const ContainerFacts*> InOrder(std::vector<const ContainerFacts*> replicas) {
  const auto number = [](const ContainerFacts* c) {
    const std::string ours = Label(*c, label::kReplica);
    const std::string text = ours.empty() ? Label(*c, kComposeNumber) : ours;
    return std::pair(std::strtol(text.c_str(), nullptr, 10), NameOf(*c));
  };
  std::sort(replicas.begin(), replicas.end(),
            [&](const auto* a, const auto* b) { return number(a) < number(b); });
  return replicas;
}

bool HasFixedPort(const ContainerFacts& container) {
  const Json host = container.inspect.value("HostConfig", Json::object());
  const Json published = host.value("PortBindings", Json());
  for (const Json& bindings : published) {
    for (const Json& binding : bindings) {
      const std::string port = binding.value("HostPort", "");
      if (!port.empty() && port != "0") return true;
    }
  }
  return false;
}

void AddService(const std::string& name, const Group& group, ExportedDocument& out,
                Ordered& volumes) {
  auto replicas = InOrder(group.services.at(name));
  ExportedService service = ExportService(*replicas.front(), group.names);
  if (const std::string trigger = Label(*replicas.front(), label::kJobTrigger); !trigger.empty()) {
    service.comments["/image"].push_back("not exported: that it is a job, run by " + trigger);
    replicas.resize(1);
  }
  for (size_t i = 1; i < replicas.size(); ++i) {
    if (ExportService(*replicas[i], group.names).fields == service.fields) continue;
    service.comments["/image"].push_back(fmt::format("not exported: what {} has otherwise than {}",
                                                     NameOf(*replicas[i]),
                                                     NameOf(*replicas.front())));
  }
  if (replicas.size() > 1 && HasFixedPort(*replicas.front())) {
    service.comments["/image"].push_back(
        fmt::format("not exported: that there are {}; only one can have the ports of the host",
                    Count(replicas.size(), "container")));
  } else if (replicas.size() > 1) {
    service.fields["deploy"]["replicas"] = replicas.size();
  }
  for (const auto& [key, volume] : service.volumes) volumes[key] = volume;
  const std::string base = "/spec/services/" + name;
  for (auto& [pointer, lines] : service.comments) out.comments[base + pointer] = std::move(lines);
  out.document["spec"]["services"][name] = std::move(service.fields);
}

ExportedDocument ExportGroup(const Group& group, std::set<ResourceKey>& taken) {
  ExportedDocument out{.key = group.key};
  for (int i = 2; !taken.insert(out.key).second; ++i)
    out.key.name = fmt::format("{}-{}", group.key.name.substr(0, kLongestName - 4), i);
  if (!group.origin.empty()) out.comments[""].push_back("from " + group.origin);
  out.document = {{"apiVersion", "mooring.dev/v1alpha1"},
                  {"kind", out.key.kind},
                  {"metadata", {{"name", out.key.name}}},
                  {"spec", {{"services", Ordered::object()}}}};
  if (out.key.ns != "default") out.document["metadata"]["namespace"] = out.key.ns;
  Ordered volumes = Ordered::object();
  for (const auto& [service, replicas] : group.services) AddService(service, group, out, volumes);
  if (!volumes.empty()) out.document["spec"]["volumes"] = std::move(volumes);
  return out;
}

}  // namespace

std::vector<ExportedDocument> ExportApps(const std::vector<ContainerFacts>& containers) {
  std::set<ResourceKey> taken;
  std::vector<ExportedDocument> documents;
  for (const Group& group : Grouped(containers)) documents.push_back(ExportGroup(group, taken));
  std::sort(documents.begin(), documents.end(),
            [](const auto& a, const auto& b) { return a.key < b.key; });
  return documents;
}

}  // namespace mooring::docker
