// SPDX-License-Identifier: Apache-2.0
// The marked block of a hosts file that is ours; everything outside it is kept byte for byte. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::docker {

/// name -> addresses, in file order.
using HostsNames = std::map<std::string, std::vector<std::string>>;

/// What stands between our marks; empty when there are none.
HostsNames ParseHostsBlock(std::string_view file);

/// `file` with the block replaced, appended when there is none, or taken out when `names` is empty.
/// Lines between damaged marks (a second begin, a missing end) that are not ours are kept.
std::string WithHostsBlock(std::string_view file, const HostsNames& names);

}  // namespace mooring::docker
