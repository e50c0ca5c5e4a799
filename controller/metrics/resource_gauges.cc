// SPDX-License-Identifier: Apache-2.0
#include "controller/metrics/resource_gauges.h"

#include "controller/metrics/declarations.h"

namespace mooring::metrics {
namespace {

/// As the text exposition format wants label values.
std::string Escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out += "\\n";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string Labels(std::string_view kind, std::string_view ns, std::string_view name) {
  return fmt::format("{{kind=\"{}\",namespace=\"{}\",name=\"{}\"}} ", Escaped(kind), Escaped(ns),
                     Escaped(name));
}

void AppendHeader(std::string& out, std::string_view name) {
  const Declaration& declared = DeclarationOf(name);
  out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, declared.help, name,
                     TypeName(declared.type));
}

}  // namespace

void ResourceGauges::Set(std::string_view kind, std::string_view ns, std::string_view name,
                         ResourceState state) {
  const auto [entry, is_new] = states_.insert_or_assign(Labels(kind, ns, name), state);
  if (is_new) label_bytes_ += entry->first.size();
}

void ResourceGauges::Remove(std::string_view kind, std::string_view ns, std::string_view name) {
  const auto found = states_.find(Labels(kind, ns, name));
  if (found == states_.end()) return;
  label_bytes_ -= found->first.size();
  states_.erase(found);
}

ResourceTotals ResourceGauges::Totals() const {
  ResourceTotals totals{.known = states_.size(), .ready = 0};
  for (const auto& [labels, state] : states_) totals.ready += state.ready ? 1 : 0;
  return totals;
}

void ResourceGauges::AppendTo(std::string& out) const {
  constexpr size_t kNameBytes = 32;
  constexpr size_t kHeaders = 1024;
  out.reserve(out.size() + 3 * (label_bytes_ + states_.size() * kNameBytes) + kHeaders);
  const auto append = [&](std::string_view name, bool ResourceState::* value) {
    AppendHeader(out, name);
    for (const auto& [labels, state] : states_) {
      out.append(name).append(labels).append(state.*value ? "1\n" : "0\n");
    }
  };
  append(kResourceReady, &ResourceState::ready);
  append(kResourceDrifted, &ResourceState::drifted);
  append(kResourceSuspended, &ResourceState::suspended);
}

}  // namespace mooring::metrics
