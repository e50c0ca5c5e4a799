// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/loader.h"

#include "controller/base/text.h"
#include "controller/manifest/document.h"
#include "controller/manifest/key_index.h"
#include "controller/manifest/yaml_tree.h"

namespace mooring::manifest {
namespace {

bool IsYaml(std::string_view path) { return path.ends_with(".yaml") || path.ends_with(".yml"); }

/// Mooring's own settings lie in .mooring/ and have their own schema.
bool IsRead(const FileTree::Entry& entry) {
  return IsYaml(entry.path) && !entry.path.starts_with(".mooring/") &&
         entry.type != FileTree::Type::kSubmodule;
}

/// The path that a link at `path` leads to, inside the tree; nullopt when it leaves it.
std::optional<std::string> ResolveLink(const std::string& path, const std::string& target) {
  if (target.starts_with('/')) return std::nullopt;
  std::vector<std::string> parts = Split(path, '/');
  parts.pop_back();
  for (const std::string& part : Split(target, '/')) {
    if (part == "..") {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  return Join(parts, "/");
}

/// A link to a file that is read under its own name is ignored: reading it twice would give two of
/// each resource. Every other link is a finding, since its author expects it to be read.
Diagnostics CheckLink(const FileTree& tree, const std::string& path, const std::string& target) {
  const auto resolved = ResolveLink(path, target);
  if (!resolved) {
    return {{{path},
             fmt::format("this symbolic link leads out of the repository, to {}", target),
             "put the file itself here"}};
  }
  const auto& entries = tree.entries();
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), *resolved,
                       [](const FileTree::Entry& e, const std::string& p) { return e.path < p; });
  const bool read = found != entries.end() && found->path == *resolved && IsRead(*found) &&
                    found->type == FileTree::Type::kFile;
  if (read) return {};
  return {{{path},
           fmt::format("this symbolic link leads to {}, which is not read", *resolved),
           "put the file itself here"}};
}

/// Reports the second of two resources with the same key, and keeps the first.
void RefuseDuplicates(LoadResult& result) {
  KeyIndex index(result.resources.size());
  std::erase_if(result.resources, [&](const ResourcePtr& resource) {
    const Resource* first = index.Add(*resource);
    if (first == resource.get()) return false;
    result.diagnostics.push_back({resource->source,
                                  fmt::format("{} is defined twice", resource->key.ToString()),
                                  fmt::format("the first is at {}; rename or remove one of them",
                                              first->source.ToString())});
    return true;
  });
}

}  // namespace

Loader::File Loader::ReadFile(const std::string& path, const std::string& text,
                              const Limits& limits) {
  File file;
  ParsedFile parsed = ParseYaml(path, text, limits);
  file.diagnostics = std::move(parsed.diagnostics);
  file.complete = file.diagnostics.empty();
  for (Document& document : parsed.documents) {
    Diagnostics inside = std::move(document.diagnostics);
    const bool well_formed = inside.empty();
    Findings findings(path, limits.findings_per_file, inside);
    ReadDocument read = ReadResource(std::move(document.root), findings);
    if (!read.ours) continue;
    if (read.resource != nullptr && well_formed) {
      file.resources.push_back(std::move(read.resource));
      continue;
    }
    if (read.key) file.invalid.push_back(*std::move(read.key));
    file.complete = file.complete && read.key.has_value();
    std::move(inside.begin(), inside.end(), std::back_inserter(file.diagnostics));
  }
  if (file.diagnostics.size() > limits.findings_per_file) {
    std::sort(file.diagnostics.begin(), file.diagnostics.end());
    file.diagnostics.resize(limits.findings_per_file);
    file.diagnostics.push_back(
        {{path},
         fmt::format("more than {} findings in this file", limits.findings_per_file),
         "the rest is left out"});
  }
  return file;
}

Result<Loader::File> Loader::LoadFile(const FileTree& tree, const FileTree::Entry& entry) const {
  File file;
  if (entry.size > limits_.file_bytes) {
    file.complete = false;
    file.diagnostics = {{{entry.path},
                         fmt::format("the file has {}, more than the {} that are read",
                                     FormatByteCount(static_cast<long long>(entry.size)),
                                     FormatByteCount(static_cast<long long>(limits_.file_bytes))),
                         "split it, or give it another ending than .yaml if it is no spec"}};
  } else {
    auto text = tree.Read(entry);
    if (!text) return std::unexpected(text.error().WithContext("read " + entry.path));
    file = ReadFile(entry.path, *text, limits_);
  }
  file.blob_id = entry.blob_id;
  return file;
}

Result<LoadResult> Loader::Load(const FileTree& tree) {
  const std::scoped_lock lock(mutex_);
  ++generation_;
  LoadResult result;
  for (const FileTree::Entry& entry : tree.entries()) {
    if (!IsRead(entry)) continue;
    if (++result.files > limits_.files) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("more than {} YAML files; point the source at a folder with fewer",
                              limits_.files));
    }
    if (entry.type == FileTree::Type::kSymlink) {
      MOORING_TRY(const std::string target, tree.Read(entry));
      Diagnostics found = CheckLink(tree, entry.path, target);
      result.complete = result.complete && found.empty();
      std::move(found.begin(), found.end(), std::back_inserter(result.diagnostics));
      continue;
    }
    File& file = files_[entry.path];
    if (file.generation == 0 || entry.blob_id.empty() || file.blob_id != entry.blob_id) {
      MOORING_TRY(file, LoadFile(tree, entry));
    }
    file.generation = generation_;
    result.resources.insert(result.resources.end(), file.resources.begin(), file.resources.end());
    result.invalid.insert(file.invalid.begin(), file.invalid.end());
    result.diagnostics.insert(result.diagnostics.end(), file.diagnostics.begin(),
                              file.diagnostics.end());
    result.complete = result.complete && file.complete;
  }
  std::erase_if(files_, [&](const auto& file) { return file.second.generation != generation_; });
  RefuseDuplicates(result);
  std::sort(result.diagnostics.begin(), result.diagnostics.end());
  return result;
}

}  // namespace mooring::manifest
