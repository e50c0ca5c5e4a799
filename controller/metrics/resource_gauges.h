// SPDX-License-Identifier: Apache-2.0
// The gauges that every resource has, kept as finished text: rendering ten thousand resources
// copies strings and formats nothing. Not thread-safe; Metrics guards it.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace mooring::metrics {

struct ResourceState {
  bool ready = false;
  bool drifted = false;
  bool suspended = false;
};

struct ResourceTotals {
  size_t known = 0;
  size_t ready = 0;
};

class ResourceGauges {
 public:
  void Set(std::string_view kind, std::string_view ns, std::string_view name, ResourceState state);
  void Remove(std::string_view kind, std::string_view ns, std::string_view name);
  /// Appends the three families in the text exposition format.
  void AppendTo(std::string& out) const;
  ResourceTotals Totals() const;

 private:
  /// `{kind="App",namespace="default",name="shop"} ` -> the values.
  std::map<std::string, ResourceState> states_;
  size_t label_bytes_ = 0;
};

}  // namespace mooring::metrics
