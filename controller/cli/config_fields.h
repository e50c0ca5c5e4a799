// SPDX-License-Identifier: Apache-2.0
// Where each key of crds/config.yaml stands in Config: how it is read, compared and taken over.
// Only config*.cc include it. Immutable; thread-safe.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "controller/base/error.h"
#include "controller/cli/config.h"
#include "controller/manifest/yaml_tree.h"

namespace mooring::cli {

/// `Owner` is Config or SourceConfig.
template <typename Owner>
struct Field {
  std::string_view key;  ///< "http.listen"; of a source "sources[].url"
  /// Takes a value. What the schema complains about is left alone and no error here.
  std::function<Status(const manifest::Node&, Owner&)> read;
  std::function<bool(const Owner&, const Owner&)> is_same;
  std::function<void(const Owner& from, Owner& to)> copy;
};

const std::vector<Field<Config>>& ConfigFields();
const std::vector<Field<SourceConfig>>& SourceFields();

}  // namespace mooring::cli
