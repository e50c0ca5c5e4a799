// SPDX-License-Identifier: Apache-2.0
#include "controller/holds/held.h"

#include <fmt/format.h>

#include "controller/base/text.h"

namespace mooring {

bool HoldScope::Covers(const ResourceKey& key) const {
  switch (kind) {
    case Kind::kResource:
      return name == key.ToString();
    case Kind::kNamespace:
      return name == key.ns;
    case Kind::kAll:
      return true;
    case Kind::kSource:
      return false;
  }
  return false;
}

bool HoldScope::Contains(const HoldScope& other) const {
  if (*this == other) return true;
  if (other.kind == Kind::kSource) return false;
  if (kind == Kind::kAll) return true;
  const auto key = ResourceKey::Parse(other.name);
  return kind == Kind::kNamespace && other.kind == Kind::kResource && key && Covers(*key);
}

std::string HoldScope::ToString() const {
  switch (kind) {
    case Kind::kResource:
      return name;
    case Kind::kNamespace:
      return "namespace " + name;
    case Kind::kAll:
      return "everything";
    case Kind::kSource:
      return "source " + name;
  }
  return name;
}

std::string HoldScope::ResumeCommand() const {
  switch (kind) {
    case Kind::kResource:
      return "mooring resume " + name;
    case Kind::kNamespace:
      return "mooring resume --namespace " + name;
    case Kind::kAll:
      return "mooring resume --all";
    case Kind::kSource:
      return "mooring resume --source " + name;
  }
  return "";
}

std::string DescribeHold(const Hold& hold) {
  return fmt::format("by {} {}{}", hold.actor,
                     hold.until ? "until " + FormatTime(*hold.until) : "until it is taken back",
                     hold.reason.empty() ? "" : ": " + hold.reason);
}

std::string DescribeSuspension(const Held& held) {
  const bool wider = held.scope.kind != HoldScope::Kind::kResource;
  return fmt::format("suspended {}{}", wider ? "with " + held.scope.ToString() + " " : "",
                     DescribeHold(held.hold));
}

}  // namespace mooring
