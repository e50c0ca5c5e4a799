// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/environment.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/manifest/repository_path.h"

namespace mooring::manifest {
namespace {

/// Reads a map of NAME to text.
class VarsReader {
 public:
  VarsReader(std::string file, Diagnostics& diagnostics)
      : file_(std::move(file)), diagnostics_(diagnostics) {}

  void Read(std::string_view text, const Limits& limits, Variables& variables) {
    ParsedFile parsed = ParseYaml(file_, text, limits);
    Take(std::move(parsed.diagnostics));
    if (parsed.documents.size() > 1) {
      Add(parsed.documents[1].root.at, "a file of variables has one document",
          "put all variables into the first");
    }
    if (parsed.documents.empty()) return;
    Take(std::move(parsed.documents.front().diagnostics));
    const Node& root = parsed.documents.front().root;
    if (root.IsNull()) return;
    if (!root.IsMap()) {
      return Add(root.at, fmt::format("variables must be a map, got {}", TypeName(root.type)),
                 "write lines such as DOMAIN: example.com");
    }
    for (const Member& m : root.members) ReadOne(m, variables);
  }

 private:
  void ReadOne(const Member& m, Variables& variables) {
    const std::string name = m.key.substr(0, 64);
    if (!IsVariableName(m.key)) {
      return Add(m.key_at, fmt::format("\"{}\" is not a name of a variable", name),
                 "use letters, digits and _, no digit first");
    }
    if (m.key.starts_with("MOORING_")) {
      return Add(m.key_at, fmt::format("{} begins with MOORING_, as Mooring's own do", name),
                 "choose another name");
    }
    if (!m.value.IsString()) {
      return Add(m.value.at,
                 fmt::format("variable {} must be a string, got {}", name, TypeName(m.value.type)),
                 HintFor(m.value));
    }
    variables.values.emplace(m.key, m.value.text);
  }
  static std::string HintFor(const Node& value) {
    if (value.IsNull()) return "write \"\" for an empty text";
    if (value.IsScalar()) return fmt::format("write \"{}\"", value.text.substr(0, 60));
    return "variables are flat: one NAME, one text";
  }
  void Add(Position at, std::string what, std::string hint) {
    if (diagnostics_.size() >= kMostFindings) return;
    diagnostics_.push_back({{file_, at.line, at.column}, std::move(what), std::move(hint)});
  }
  void Take(Diagnostics found) {
    std::move(found.begin(), found.end(), std::back_inserter(diagnostics_));
  }

  static constexpr size_t kMostFindings = 100;
  const std::string file_;
  Diagnostics& diagnostics_;
};

const FileTree::Entry* FindFile(const FileTree& tree, const std::string& path) {
  const auto& entries = tree.entries();
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), path,
                       [](const FileTree::Entry& e, const std::string& p) { return e.path < p; });
  const bool there =
      found != entries.end() && found->path == path && found->type == FileTree::Type::kFile;
  return there ? &*found : nullptr;
}

/// A file of that folder with nearly that name.
std::string NearestFile(const FileTree& tree, const std::string& path) {
  std::vector<std::string> paths;
  for (const FileTree::Entry& entry : tree.entries()) {
    if (entry.path.ends_with(".vars.yaml") || entry.path.ends_with(".vars.yml"))
      paths.push_back(entry.path);
  }
  const std::string near = Nearest(path, paths);
  return near.empty() ? "" : fmt::format("did you mean {}?", near);
}

/// What is wrong with the file that the Host names; empty: its variables are read.
Result<Diagnostics> ReadVarsFile(const FileTree& tree, const Resource& host,
                                 const std::string& named, const Limits& limits,
                                 Variables& variables) {
  const SourceLocation where = host.LocationOf("/varsFile");
  const auto path = ResolvePath(host.source.file, named);
  if (!path) {
    return Diagnostics{
        {where, fmt::format("{} leads out of the repository", named), "put the file into it"}};
  }
  const FileTree::Entry* entry = FindFile(tree, *path);
  if (entry == nullptr) {
    const std::string near = NearestFile(tree, *path);
    return Diagnostics{{where, fmt::format("there is no file {}", *path),
                        near.empty() ? "add it, or remove varsFile" : near}};
  }
  variables.file = *path;
  if (entry->size > limits.file_bytes) {
    return Diagnostics{{{*path},
                        fmt::format("the file has {}, more than the {} that are read",
                                    FormatByteCount(static_cast<long long>(entry->size)),
                                    FormatByteCount(static_cast<long long>(limits.file_bytes))),
                        "keep what is no variable elsewhere"}};
  }
  auto text = tree.Read(*entry);
  if (!text) return std::unexpected(text.error().WithContext("read " + *path));
  Diagnostics found;
  VarsReader(*path, found).Read(*text, limits, variables);
  return found;
}

/// Who would have to name a variable, where there is no file of them.
std::string WhereToDefine(const std::string& host, const Resource* document) {
  if (document != nullptr) {
    return fmt::format("name a varsFile in {} ({}) and define it there", document->key.ToString(),
                       document->source.ToString());
  }
  if (host.empty()) return "define it in the varsFile of a Host document";
  return fmt::format("define it in the varsFile of a document Host/{}, which is not here", host);
}

}  // namespace

const Overlay* Environment::OverlayOf(const ResourceKey& key) const {
  if (overlays.empty()) return nullptr;
  const auto found = overlays.find(key);
  return found == overlays.end() ? nullptr : found->second;
}

std::string Environment::Description() const {
  std::string text = variables.known ? "known " : "unknown ";
  text += variables.file + " " + variables.where;
  for (const auto& [known, value] : variables.values) text += " " + known;
  return text;
}

Environment UnknownEnvironment() { return {.variables = {.known = false}}; }

Result<Environment> ReadEnvironment(const FileTree& tree, const std::string& host,
                                    const Resource* document, bool broken,
                                    const std::string& revision, const Limits& limits,
                                    Diagnostics& diagnostics) {
  Environment environment;
  Variables& variables = environment.variables;
  variables.known = !broken;
  variables.where = WhereToDefine(host, document);
  if (document != nullptr) {
    environment.name = document->spec.value("environment", "");
    if (const std::string named = document->spec.value("varsFile", ""); !named.empty()) {
      MOORING_TRY(Diagnostics found, ReadVarsFile(tree, *document, named, limits, variables));
      variables.known = found.empty();
      std::move(found.begin(), found.end(), std::back_inserter(diagnostics));
    }
  }
  variables.values.emplace("MOORING_HOST", host);
  variables.values.emplace("MOORING_REVISION", revision);
  return environment;
}

}  // namespace mooring::manifest
