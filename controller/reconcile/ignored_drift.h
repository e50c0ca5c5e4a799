// SPDX-License-Identifier: Apache-2.0
// drift.ignore: which differences between the host and the spec are to stand. A difference has a
// dotted path ("services.web.labels.com.example.team"), an ignored place is a JSON pointer (RFC
// 6901) into spec; names may have dots, so the spec tells where one ends. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/reconcile/change.h"
#include "controller/resource/resource.h"

namespace mooring {

/// The place in `spec` that a dotted path means, as a JSON pointer; what the spec does not have is
/// taken to end at each dot.
std::string PointerOf(const Json& spec, std::string_view path);

class IgnoredDrift {
 public:
  IgnoredDrift() = default;
  /// By the spec's own drift.ignore.
  explicit IgnoredDrift(const Json& spec);

  /// Whether the path is at or below an ignored place.
  bool Covers(std::string_view path) const;
  /// Takes those that are covered out of `diffs`; they are returned.
  std::vector<FieldDiff> TakeFrom(std::vector<FieldDiff>& diffs) const;
  /// Says in the plan what is left alone: a note each, and `driftIgnored` among the details. Each
  /// path once.
  void Tell(const std::vector<FieldDiff>& ignored, ResourcePlan& plan) const;

 private:
  Json spec_;  ///< null when nothing is ignored
  std::vector<std::vector<std::string>> places_;
};

}  // namespace mooring
