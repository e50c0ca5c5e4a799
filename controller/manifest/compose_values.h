// SPDX-License-Identifier: Apache-2.0
// Single values of Compose that have a grammar of their own, read as the official tool reads them.
// Pure; thread-safe. What refuses says why, without a place.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::manifest {

/// A command that is one text, split into words.
struct CommandWords {
  std::vector<std::string> words;
  /// The shell operator at which the reading ended, as Compose ends it; empty: none.
  std::string stopped_at;
};

/// Splits as Compose does: blanks, quotes and backslashes, until the first of ; & | < > outside of
/// quotes. nullopt: a quote or a bracket is open, or there is a bracket without a dollar sign.
std::optional<CommandWords> SplitCommand(std::string_view text);

/// One published port of "[[address:]host:]container[/protocol]".
struct PortEntry {
  std::string host_ip;
  int target = 0;
  std::string published;  ///< a number, or a range that the engine chooses from; may be empty
  std::string protocol;   ///< in lower case; "tcp" when none is written
  bool names_protocol = false;
};

/// The ports of the text, ordered as Compose orders them: by container port as a text.
std::expected<std::vector<PortEntry>, std::string> ReadPorts(std::string_view text);

/// "source:target:options"; what is not written is empty.
struct MountEntry {
  std::string type;  ///< "bind" when the source is a path, else "volume"
  std::string source;
  std::string target;
  bool read_only = false;
  bool nocopy = false;
  std::string propagation;
  std::string selinux;               ///< "z" or "Z"
  std::vector<std::string> unknown;  ///< options that Compose passes over
};

std::expected<MountEntry, std::string> ReadMount(std::string_view text);

/// "/dev/source[:/dev/target[:permissions]]"
struct DeviceEntry {
  std::string source;
  std::string target;
  std::string permissions;
};

/// nullopt: there are more parts.
std::optional<DeviceEntry> ReadDevice(std::string_view text);

/// "name=ip", "name:ip" or "name=ip,ip": the name and its addresses, without brackets.
struct HostEntry {
  std::string name;
  std::vector<std::string> addresses;
};

/// nullopt: no separator, or no name.
std::optional<HostEntry> ReadHost(std::string_view text);

}  // namespace mooring::manifest
