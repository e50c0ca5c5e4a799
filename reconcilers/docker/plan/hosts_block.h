// SPDX-License-Identifier: Apache-2.0
// The marked block of a hosts file that is ours. A line of a single name below mooring.internal is
// ours too, wherever it stands: what a damaged block left behind must not keep a dead address
// alive. Every other line is kept byte for byte. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::docker {

/// name -> addresses, in file order.
using HostsNames = std::map<std::string, std::vector<std::string>>;

/// What our lines say; empty when there are none.
HostsNames ParseHostsBlock(std::string_view file);

/// `file` with the block replaced, appended when there is none, or taken out when `names` is empty.
/// Foreign lines that stood in the block follow it.
std::string WithHostsBlock(std::string_view file, const HostsNames& names);

}  // namespace mooring::docker
