// SPDX-License-Identifier: Apache-2.0
// Ports and mounts: the two short syntaxes with a grammar of their own.
#include "controller/base/text.h"
#include "controller/manifest/compose_syntax.h"

namespace mooring::manifest {
namespace {

constexpr int kMostPortsInRange = 256;

struct PortRange {
  int first = 0;
  int last = 0;
  int size() const { return last - first + 1; }
};

std::optional<int> ReadPort(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const int port = std::stoi(std::string(text));
  return port >= 1 && port <= 65535 ? std::optional(port) : std::nullopt;
}

/// "8080" or "8000-8005"
std::optional<PortRange> ReadRange(std::string_view text) {
  const size_t dash = text.find('-');
  const auto first = ReadPort(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : ReadPort(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return PortRange{*first, *last};
}

struct PortEntry {
  std::string host_ip;
  std::optional<PortRange> published;
  PortRange target;
  std::string protocol;
};

/// Says why a port cannot be published, or makes one long entry for each port of the range.
void AddPorts(const PortEntry& entry, const Node& origin, Node& list, Findings& findings) {
  if (entry.target.size() > kMostPortsInRange) {
    findings.Add(origin.at, fmt::format("this publishes {} ports", entry.target.size()),
                 fmt::format("write ranges of at most {} ports", kMostPortsInRange));
    return;
  }
  if (entry.published && entry.published->size() != entry.target.size()) {
    findings.Add(origin.at,
                 fmt::format("{} and {} do not match",
                             Count(static_cast<size_t>(entry.published->size()), "host port"),
                             Count(static_cast<size_t>(entry.target.size()), "container port")),
                 "make both ranges equally long");
    return;
  }
  for (int i = 0; i < entry.target.size(); ++i) {
    Node port = Node::Map(origin.at);
    port.Add("target", Node::Integer(origin.at, entry.target.first + i));
    if (entry.published) {
      port.Add("published", Node::Integer(origin.at, entry.published->first + i));
    }
    if (!entry.host_ip.empty()) port.Add("host_ip", Node::String(origin.at, entry.host_ip));
    if (!entry.protocol.empty()) port.Add("protocol", Node::String(origin.at, entry.protocol));
    list.items.push_back(std::move(port));
  }
}

/// "[[address:]host:]container[/protocol]"
std::optional<PortEntry> ReadShortPort(std::string_view text) {
  PortEntry entry;
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
    entry.protocol = text.substr(slash + 1);
    if (entry.protocol.empty()) return std::nullopt;
    text = text.substr(0, slash);
  }
  const size_t last = text.rfind(':');
  const auto target = ReadRange(last == std::string_view::npos ? text : text.substr(last + 1));
  if (!target) return std::nullopt;
  entry.target = *target;
  if (last == std::string_view::npos) return entry;
  text = text.substr(0, last);
  const size_t before = text.rfind(':');
  const std::string_view published =
      before == std::string_view::npos ? text : text.substr(before + 1);
  if (before != std::string_view::npos) {
    std::string_view ip = text.substr(0, before);
    if (ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);
    if (ip.empty()) return std::nullopt;
    entry.host_ip = ip;
  }
  if (published.empty() && !entry.host_ip.empty()) return entry;  // "127.0.0.1::80"
  entry.published = ReadRange(published);
  if (!entry.published) return std::nullopt;
  return entry;
}

/// The long form with `published` as a text ("8080", "8000-8002") becomes numbers.
void ExpandLongPort(Node port, Node& list, Findings& findings) {
  Node* published = port.Find("published");
  if (published == nullptr || !published->IsString()) {
    list.items.push_back(std::move(port));
    return;
  }
  const auto range = ReadRange(published->text);
  if (!range || range->size() > 1) {
    findings.Add(published->at, fmt::format("\"{}\" is not a port", published->text),
                 range ? "write one entry for each port, or the short form 8000-8002:80-82"
                       : "write a number from 1 to 65535");
    return;
  }
  *published = Node::Integer(published->at, range->first);
  list.items.push_back(std::move(port));
}

void RefuseMount(const Node& mount, std::string what, std::string hint, Findings& findings) {
  findings.Add(mount.at, std::move(what), std::move(hint));
}

/// "source:target[:ro]" -> {type, source, target, read_only}; nullopt when it was refused.
std::optional<Node> ReadShortMount(const Node& mount, Findings& findings) {
  const std::vector<std::string> parts = Split(mount.text, ':');
  if (parts.size() == 1) {
    RefuseMount(
        mount,
        fmt::format("\"{}\" is a volume without a name, lost with its container", mount.text),
        fmt::format("name it, data:{}, and add data: {{}} to spec.volumes", mount.text), findings);
    return std::nullopt;
  }
  if (parts.size() > 3 || parts[0].empty() || parts[1].empty()) {
    RefuseMount(mount, fmt::format("\"{}\" is not a mount", mount.text),
                "write source:target or source:target:ro", findings);
    return std::nullopt;
  }
  const std::string& source = parts[0];
  if (source[0] == '.' || source[0] == '~') {
    RefuseMount(mount,
                fmt::format("\"{}\" is a path of the repository or of a home; mounting those is "
                            "not in this release",
                            source),
                "write an absolute path of the host, or a name from spec.volumes", findings);
    return std::nullopt;
  }
  Node out = Node::Map(mount.at);
  out.Add("type", Node::String(mount.at, source[0] == '/' ? "bind" : "volume"));
  out.Add("source", Node::String(mount.at, source));
  out.Add("target", Node::String(mount.at, parts[1]));
  const std::string mode = parts.size() == 3 ? parts[2] : "rw";
  if (mode == "ro") {
    Node read_only = Node::String(mount.at, "true");
    read_only.type = Node::Type::kBool;
    out.Add("read_only", std::move(read_only));
  } else if (mode != "rw") {
    RefuseMount(mount, fmt::format("mount option \"{}\" is not in this release", mode),
                "use ro or rw", findings);
    return std::nullopt;
  }
  return out;
}

}  // namespace

void ExpandPorts(Node& ports, Findings& findings) {
  if (!ports.IsSequence()) return;
  Node list = Node::Sequence(ports.at);
  for (Node& port : ports.items) {
    if (port.IsMap()) {
      ExpandLongPort(std::move(port), list, findings);
    } else if (!port.IsScalar()) {
      list.items.push_back(std::move(port));
    } else if (const auto entry = ReadShortPort(port.text)) {
      AddPorts(*entry, port, list, findings);
    } else {
      findings.Add(port.at, fmt::format("\"{}\" is not a port", port.text),
                   "write \"8080:80\" or \"127.0.0.1:8080:80\": host port, then container port");
    }
  }
  // Said already; an empty list would be said again.
  ports = std::move(list);
}

void ExpandMounts(Node& mounts, Findings& findings) {
  if (!mounts.IsSequence()) return;
  Node list = Node::Sequence(mounts.at);
  for (Node& mount : mounts.items) {
    if (!mount.IsString()) {
      list.items.push_back(std::move(mount));
    } else if (auto long_form = ReadShortMount(mount, findings)) {
      list.items.push_back(*std::move(long_form));
    }
  }
  mounts = std::move(list);
}

}  // namespace mooring::manifest
