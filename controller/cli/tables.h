// SPDX-License-Identifier: Apache-2.0
// Documents of the API as text for a terminal. Pure; a table that grows is used by one thread.
#pragma once

#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/cli/table.h"
#include "controller/resource/resource.h"

namespace mooring::cli {

struct ResourceColumns {
  bool kind = false;  ///< names are "app/hello"
  bool ns = false;
  bool wide = false;
};

/// `mooring get`: one line a resource, and another when it changes.
class ResourceTable {
 public:
  explicit ResourceTable(const ResourceColumns& columns, const TableOptions& options = {});
  std::string Rows(const Json& items, Time now, bool with_header);

 private:
  Row HeaderRow() const;
  Row RowOf(const Json& item, Time now) const;

  const ResourceColumns columns_;
  GrowingTable table_;
};

/// Whether one of the resources is outside of the namespace "default".
bool NeedsNamespace(const Json& items);

/// `mooring describe`: everything about one resource and its latest events.
std::string Description(const Json& resource, const Json& events, Time now);

/// `mooring events`.
class EventTable {
 public:
  explicit EventTable(const TableOptions& options = {}) : table_(options) {}
  std::string Rows(const Json& items, Time now, bool with_header);

 private:
  GrowingTable table_;
};

/// "main@sha1:4b1c9e2a7d55..." as "main@4b1c9e2".
std::string ShortRevision(const std::string& revision);

}  // namespace mooring::cli
