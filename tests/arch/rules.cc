// SPDX-License-Identifier: Apache-2.0
#include "tests/arch/rules.h"

#include <sstream>

namespace mooring::arch {
namespace {

constexpr std::string_view kAnyReconciler = "reconcilers/*";

std::string FullName(const std::string& name) {
  const bool is_short = name.find('/') == std::string::npos && name != "agent" && name != "crds";
  return is_short ? "controller/" + name : name;
}

// The row that speaks for a folder: each reconciler is "reconcilers/*".
std::string RowOf(const std::string& folder) {
  return folder.starts_with("reconcilers/") ? std::string(kAnyReconciler) : folder;
}

// The header of an #include line, quotes or angle brackets kept; empty for any other line.
std::string_view IncludedHeader(std::string_view line) {
  const size_t hash = line.find_first_not_of(" \t");
  if (hash == std::string_view::npos || line[hash] != '#') return {};
  const size_t word = line.find_first_not_of(" \t", hash + 1);
  if (word == std::string_view::npos || !line.substr(word).starts_with("include")) return {};
  const size_t open = line.find_first_of("\"<", word);
  if (open == std::string_view::npos) return {};
  const size_t close = line.find(line[open] == '<' ? '>' : '"', open + 1);
  if (close == std::string_view::npos) return {};
  return line.substr(open, close - open + 1);
}

}  // namespace

std::string FolderOf(std::string_view path) {
  const size_t first = path.find('/');
  const std::string_view top = path.substr(0, first);
  if (first == std::string_view::npos || (top != "controller" && top != "reconcilers")) {
    return std::string(top);
  }
  return std::string(path.substr(0, path.find('/', first + 1)));
}

Rules Rules::Parse(std::string_view text, std::vector<std::string>* errors) {
  Rules rules;
  std::istringstream lines{std::string(text)};
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with('[')) {
      section = line;
      continue;
    }
    const size_t colon = line.rfind(':');
    if (colon == std::string::npos) {
      errors->push_back("no colon in rule: " + line);
      continue;
    }
    const std::string subject = line.substr(0, colon);
    std::istringstream words(line.substr(colon + 1));
    std::set<std::string> names;
    bool cc_only = false;
    for (std::string word; words >> word;) {
      if (section == "[foreign]" && word == "cc") {
        cc_only = true;
      } else {
        names.insert(FullName(word));
      }
    }
    if (section == "[folders]") {
      rules.folders_[FullName(subject)] = names;
    } else if (section == "[common]") {
      rules.common_[FullName(subject)] = names;
    } else if (section == "[headers]") {
      rules.headers_[subject] = names;
    } else if (section == "[foreign]" && names.size() == 1) {
      rules.foreign_[subject] = {*names.begin(), cc_only};
    } else {
      errors->push_back("rule in no known section: " + line);
    }
  }
  rules.Close();
  for (const auto& [folder, allowed] : rules.folders_) {
    for (const std::string& name : allowed) {
      if (!rules.folders_.contains(name)) errors->push_back(folder + ": unknown folder " + name);
    }
    if (allowed.contains(folder) && folder != kAnyReconciler) {
      errors->push_back(folder + " includes itself in a circle");
    }
  }
  return rules;
}

void Rules::Close() {
  for (bool grown = true; grown;) {
    grown = false;
    for (auto& [folder, allowed] : folders_) {
      const std::set<std::string> now = allowed;
      for (const std::string& name : now) {
        const auto row = folders_.find(name);
        if (row != folders_.end()) allowed.insert(row->second.begin(), row->second.end());
      }
      grown = grown || allowed.size() != now.size();
    }
  }
}

bool Rules::MayInclude(const std::string& from, const std::string& to) const {
  if (from == to) return true;
  const auto common = common_.find(to);
  if (common != common_.end() && !common->second.contains(from)) return true;
  const auto row = folders_.find(RowOf(from));
  return row != folders_.end() && row->second.contains(RowOf(to));
}

std::string Rules::CheckOwn(const std::string& from, std::string_view header) const {
  const std::string to = FolderOf(header);
  if (to == "tests") return "production code includes a test header";
  if (!folders_.contains(RowOf(to))) {
    return "is not relative to the root, or its folder is not in tests/arch/rules.txt";
  }
  if (!MayInclude(from, to)) return from + " may not include " + to;
  const auto only = headers_.find(std::string(header));
  if (only != headers_.end() && from != to && !only->second.contains(RowOf(from))) {
    return from + " may not include this header";
  }
  return {};
}

std::string Rules::CheckForeign(std::string_view path, const std::string& from,
                                std::string_view header) const {
  for (const auto& [prefix, rule] : foreign_) {
    if (!header.starts_with(prefix)) continue;
    if (from != rule.folder) return "only " + rule.folder + " may see this library";
    if (rule.cc_only && !path.ends_with(".cc")) return "belongs into a .cc file";
  }
  return {};
}

std::vector<std::string> Rules::Check(std::string_view path, std::string_view content) const {
  std::vector<std::string> findings;
  const std::string from = FolderOf(path);
  if (!folders_.contains(RowOf(from))) {
    return {std::string(path) + ":1: folder " + from + " is not in tests/arch/rules.txt"};
  }
  std::istringstream lines{std::string(content)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string_view quoted = IncludedHeader(line);
    if (quoted.empty()) continue;
    const std::string_view header = quoted.substr(1, quoted.size() - 2);
    const std::string finding =
        quoted.front() == '"' ? CheckOwn(from, header) : CheckForeign(path, from, header);
    if (finding.empty()) continue;
    findings.push_back(std::string(path) + ":" + std::to_string(number) + ": " +
                       std::string(quoted) + ": " + finding);
  }
  return findings;
}

}  // namespace mooring::arch
