// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/variable_files.h"

#include <fmt/format.h>

namespace mooring::compose {

Lookup LookupIn(const Variables& variables) {
  return [&variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

void AddVariableFiles(const std::vector<std::string>& paths, Files& files, Problems& problems,
                      Variables& variables) {
  Variables read;
  for (const std::string& path : paths) {
    const std::string shown = files.Shown(path);
    const auto text = files.Read(path);
    if (!text) {
      problems.Add(Diagnostic{{shown, 1, 1},
                              fmt::format("cannot read {}", shown),
                              "check that the file is there, and a text"});
      continue;
    }
    auto more = ReadDotenv(*text, [&](const std::string& name) {
      auto value = LookupIn(variables)(name);
      return value ? value : LookupIn(read)(name);
    });
    if (!more) {
      problems.Add(Diagnostic{{shown, more.error().line, 1},
                              std::move(more.error().what),
                              std::move(more.error().hint)});
      continue;
    }
    for (auto& [name, value] : *more) read[name] = std::move(value);
  }
  variables.merge(read);
}

}  // namespace mooring::compose
