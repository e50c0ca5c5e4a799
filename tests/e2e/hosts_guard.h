// SPDX-License-Identifier: Apache-2.0
// Gives /etc/hosts back as it was: takes the lines of one namespace out again, and nothing that
// somebody else wrote meanwhile. Not thread-safe.
#pragma once

#include <string>
#include <vector>

namespace mooring::test {

inline constexpr char kHostsFile[] = "/etc/hosts";

std::string ReadText(const std::string& file);
/// In place: containers and resolvers may hold the file by its inode.
void WriteText(const std::string& file, const std::string& text);

class HostsGuard {
 public:
  explicit HostsGuard(std::string ns);
  ~HostsGuard() { Restore(); }

  void Restore() const;
  const std::string& before() const { return before_; }
  /// The addresses that the file gives to "<service>.<app>" of the namespace, in its order.
  std::vector<std::string> Addresses(const std::string& service_and_app) const;
  /// All lines of the namespace.
  std::vector<std::string> Lines() const;
  /// The file without the namespace's lines, and without a block that has no others.
  std::string Foreign() const { return Without(ReadText(kHostsFile)); }

 private:
  std::string Without(const std::string& text) const;
  const std::string suffix_;  ///< ".<namespace>.mooring.internal"
  const std::string before_;
};

}  // namespace mooring::test
