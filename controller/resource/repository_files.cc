// SPDX-License-Identifier: Apache-2.0
#include "controller/resource/repository_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/base/digest.h"

namespace mooring {
namespace {

std::string_view WithoutDot(std::string_view path) {
  return path.starts_with("./") ? path.substr(2) : path;
}

}  // namespace

std::span<const FileTree::Entry> EntriesAt(std::span<const FileTree::Entry> entries,
                                           std::string_view path) {
  path = WithoutDot(path);
  const auto file = std::ranges::lower_bound(
      entries, path, {}, [](const FileTree::Entry& e) { return std::string_view(e.path); });
  if (file != entries.end() && file->path == path)
    return entries.subspan(static_cast<size_t>(file - entries.begin()), 1);
  const std::string folder = std::string(path) + "/";
  const auto begin = std::ranges::lower_bound(entries, folder, {}, &FileTree::Entry::path);
  auto end = begin;
  while (end != entries.end() && end->path.starts_with(folder)) ++end;
  return {begin, end};
}

std::span<const FileTree::Entry> RepositoryFiles::At(std::string_view path) const {
  return EntriesAt(entries, path);
}

std::string DigestOfEntries(std::span<const FileTree::Entry> entries, std::string_view path) {
  path = WithoutDot(path);
  std::string text;
  for (const FileTree::Entry& entry : entries) {
    std::string_view name = entry.path;
    if (!path.empty()) name.remove_prefix(std::min(name.size(), path.size()));
    text += fmt::format("{}\n{} {} {}\n", name, static_cast<int>(entry.type), entry.executable,
                        entry.blob_id);
  }
  return "sha256:" + Sha256Hex(text);
}

}  // namespace mooring
