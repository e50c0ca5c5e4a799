// SPDX-License-Identifier: Apache-2.0
// The include rules as data, and the check of one file against them. Values; no state.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::arch {

struct ForeignRule {
  std::string folder;
  bool cc_only = false;
};

class Rules {
 public:
  /// Parses the text of rules.txt; an unreadable line is in `errors`.
  static Rules Parse(std::string_view text, std::vector<std::string>* errors);

  /// What is wrong with the includes of a production file, one "path:line: text" each.
  std::vector<std::string> Check(std::string_view path, std::string_view content) const;

 private:
  bool MayInclude(const std::string& from, const std::string& to) const;
  std::string CheckOwn(const std::string& from, std::string_view header) const;
  std::string CheckForeign(std::string_view path, const std::string& from,
                           std::string_view header) const;
  void Close();

  std::map<std::string, std::set<std::string>> folders_;  // closed transitively
  std::map<std::string, std::set<std::string>> common_;   // folder: those that may not
  std::map<std::string, std::set<std::string>> headers_;
  std::map<std::string, ForeignRule, std::less<>> foreign_;
};

/// The folder that the rules know a file by: "controller/base", "reconcilers/docker", "agent".
std::string FolderOf(std::string_view path);

}  // namespace mooring::arch
