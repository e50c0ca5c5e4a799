// SPDX-License-Identifier: Apache-2.0
// What a person holds back by hand, and how far: one resource, a namespace, everything on the host,
// or the revision of a source. Values; pure and thread-safe.
#pragma once

#include <string>

#include "controller/base/clock.h"
#include "controller/resource/key.h"
#include "controller/resource/status.h"

namespace mooring {

struct HoldScope {
  enum class Kind { kResource, kNamespace, kAll, kSource };
  Kind kind = Kind::kResource;
  /// "App/default/shop", the namespace, or the source; empty for everything.
  std::string name;

  static HoldScope Resource(const ResourceKey& key) { return {Kind::kResource, key.ToString()}; }
  static HoldScope Namespace(std::string ns) { return {Kind::kNamespace, std::move(ns)}; }
  static HoldScope All() { return {Kind::kAll, ""}; }
  static HoldScope Source(std::string source) { return {Kind::kSource, std::move(source)}; }

  /// Whether a suspension of it holds the resource. A source's hold suspends nothing.
  bool Covers(const ResourceKey& key) const;
  /// Whether what `other` is about is all part of this.
  bool Contains(const HoldScope& other) const;
  /// "App/default/shop", "namespace team-blue", "everything", "source fleet".
  std::string ToString() const;
  /// What ends it: "mooring resume App/default/shop".
  std::string ResumeCommand() const;
  bool operator==(const HoldScope&) const = default;
};

struct Held {
  HoldScope scope;
  Hold hold;
  Time since;
  bool operator==(const Held&) const = default;

  bool EndedAt(Time now) const { return hold.until && *hold.until <= now; }
};

/// "by ops until 2026-03-02T14:00:00Z: the disk is being replaced"
std::string DescribeHold(const Hold& hold);
/// The suspension of a resource: "suspended with namespace team-blue by ops until ..."
std::string DescribeSuspension(const Held& held);

}  // namespace mooring
