// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/repository_uses.h"

#include <algorithm>

#include "controller/archive/tar.h"
#include "controller/base/json_pointer.h"
#include "controller/base/text.h"
#include "controller/manifest/repository_path.h"
#include "controller/resource/repository_files.h"

namespace mooring::expand {
namespace {

using Entry = FileTree::Entry;
using manifest::IsRepositoryPath;
using manifest::TreePath;

/// A place in a spec that names something of the repository.
struct Use {
  std::string path;     ///< "./apps/flags.yaml"
  std::string pointer;  ///< of the value that says it
  bool may_be_folder = true;
  bool is_seed = false;
  std::string sha256 = "";  ///< that it must have; empty: none is said
  std::string sha256_pointer = "";
};

std::string TextAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const Json& MemberOf(const Json& object, const char* key) {
  static const Json kNone;
  const auto found = object.find(key);
  return found == object.end() ? kNone : *found;
}

void AddBinds(const std::string& service, const Json& mounts, std::vector<Use>& uses) {
  for (size_t i = 0; i < mounts.size(); ++i) {
    if (TextAt(mounts[i], "type") != "bind") continue;
    std::string source = TextAt(mounts[i], "source");
    if (!IsRepositoryPath(source)) continue;
    uses.push_back({std::move(source),
                    fmt::format("/services/{}/volumes/{}/source", EscapePointer(service), i)});
  }
}

std::vector<Use> UsesOf(const Json& spec) {
  std::vector<Use> uses;
  for (const auto& [name, config] : MemberOf(spec, "configs").items()) {
    std::string file = TextAt(config, "file");
    if (file.empty()) continue;
    uses.push_back({std::move(file), fmt::format("/configs/{}/file", EscapePointer(name)), false});
  }
  for (const auto& [name, service] : MemberOf(spec, "services").items()) {
    if (service.is_object()) AddBinds(name, MemberOf(service, "volumes"), uses);
  }
  const Json& seeds = MemberOf(spec, "seeds");
  for (size_t i = 0; i < seeds.size(); ++i) {
    uses.push_back({.path = TextAt(seeds[i], "from"),
                    .pointer = fmt::format("/seeds/{}/from", i),
                    .is_seed = true,
                    .sha256 = TextAt(seeds[i], "sha256"),
                    .sha256_pointer = fmt::format("/seeds/{}/sha256", i)});
  }
  return uses;
}

/// Whether a link at `path` (from the folder's own root) leads to something in that folder.
bool StaysInside(std::string_view path, std::string_view target) {
  const auto resolved = manifest::ResolvePath(path, target);
  return resolved && !resolved->empty();
}

/// Looks at what one resource uses.
class Finder {
 public:
  Finder(const FileTree& tree, const FileLimits& limits, const Resource& resource,
         SeedContents& seeds, Diagnostics& findings)
      : tree_(tree), limits_(limits), resource_(resource), seeds_(seeds), findings_(findings) {}

  Status Add(const Use& use) {
    const auto found = EntriesAt(tree_.entries(), use.path);
    if (found.empty()) {
      AddMissing(use);
      return {};
    }
    const bool is_folder = found.size() > 1 || found.front().path != TreePath(use.path);
    if (is_folder && !use.may_be_folder) {
      Report(use.pointer, fmt::format("{} is a folder", use.path),
             "a config is one file; mount the folder as a bind in volumes");
      return {};
    }
    for (const Entry& entry : found) {
      MOORING_RETURN_IF_ERROR(AddEntry(use, entry, is_folder));
    }
    return use.is_seed ? CheckSeed(use, found.front(), is_folder) : Status();
  }

  std::vector<Entry> Take() {
    std::ranges::sort(entries_, {}, &Entry::path);
    const auto twice = std::ranges::unique(entries_, {}, &Entry::path);
    entries_.erase(twice.begin(), twice.end());
    CheckSizes();
    return std::move(entries_);
  }

 private:
  void Report(const std::string& pointer, std::string what, std::string hint) {
    findings_.push_back({resource_.LocationOf(pointer), std::move(what), std::move(hint)});
  }

  void AddMissing(const Use& use) {
    std::vector<std::string> names;
    const std::string path(TreePath(use.path));
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    for (const Entry& entry : tree_.entries()) {
      if (entry.path.starts_with(folder))
        names.push_back("./" + entry.path.substr(0, entry.path.find('/', folder.size())));
    }
    const std::string near = Nearest(use.path, names);
    Report(use.pointer, fmt::format("there is no {} in the repository", use.path),
           near.empty() ? "add it; data of the App belongs into a volume (data:/target), files of "
                          "the host have an absolute path"
                        : fmt::format("did you mean {}?", near));
  }

  Status AddEntry(const Use& use, const Entry& entry, bool is_folder) {
    if (entry.type == FileTree::Type::kSubmodule) {
      Report(use.pointer, fmt::format("./{} is a submodule, which is not read", entry.path),
             "put the files themselves into the repository");
      return {};
    }
    if (entry.type == FileTree::Type::kSymlink) return AddLink(use, entry, is_folder);
    if (entry.size > limits_.file_bytes) {
      Report(use.pointer,
             fmt::format("./{} has {}, more than the {} that a file may have", entry.path,
                         FormatByteCount(static_cast<long long>(entry.size)),
                         FormatByteCount(static_cast<long long>(limits_.file_bytes))),
             "keep it on the host and mount it by its absolute path, or put it into the image");
      return {};
    }
    const std::string name = entry.path.substr(entry.path.rfind('/') + 1);
    if (name.find(".sops.") != std::string::npos) {
      Report(use.pointer,
             fmt::format("./{} is encrypted by SOPS, and would be mounted as it is", entry.path),
             "make it the file of a Secret, and mount {secretRef: {name, key}} with secrets");
      return {};
    }
    entries_.push_back(entry);
    return {};
  }

  Status AddLink(const Use& use, const Entry& entry, bool is_folder) {
    if (!is_folder) {
      Report(use.pointer, fmt::format("{} is a symbolic link", use.path), "name the file itself");
      return {};
    }
    MOORING_TRY(const std::string target, tree_.Read(entry));
    if (!StaysInside(entry.path.substr(TreePath(use.path).size() + 1), target)) {
      Report(use.pointer,
             fmt::format("the symbolic link ./{} leads out of {}, to {}", entry.path, use.path,
                         target),
             "put the file itself here");
      return {};
    }
    entries_.push_back(entry);
    return {};
  }

  Status CheckSeed(const Use& use, const Entry& entry, bool is_folder) {
    if (is_folder) {
      if (use.sha256.empty()) return {};
      Report(use.sha256_pointer, fmt::format("{} is a folder, which has no SHA-256", use.path),
             "remove it: the commit says what is in the folder");
      return {};
    }
    if (entry.type != FileTree::Type::kFile || entry.size > limits_.file_bytes) return {};
    MOORING_TRY(const SeedContent content, seeds_.Look(tree_, entry));
    if (!content.trouble.empty()) {
      Report(use.pointer, fmt::format("{} is no archive to unpack: {}", use.path, content.trouble),
             "pack it again: tar -C folder -czf seed.tar.gz .");
    }
    if (use.sha256.empty() && archive::IsArchiveName(entry.path)) {
      Report(use.pointer, fmt::format("the archive {} has no sha256 beside it", use.path),
             "see that it is the right one, and write sha256: " + content.sha256);
    }
    if (!use.sha256.empty() && use.sha256 != content.sha256) {
      Report(use.sha256_pointer, fmt::format("{} has the SHA-256 {}", use.path, content.sha256),
             "see which of the two is wrong; nothing is filled in before they agree");
    }
    return {};
  }

  void CheckSizes() {
    uint64_t bytes = 0;
    for (const Entry& entry : entries_) bytes += entry.size;
    if (entries_.size() > limits_.files) {
      Report("",
             fmt::format("{} uses {} of the repository, more than {}", resource_.key.ToString(),
                         Count(entries_.size(), "file"), limits_.files),
             "put them into the image");
    }
    if (bytes > limits_.all_bytes) {
      Report("",
             fmt::format("{} uses {} of the repository, more than {}", resource_.key.ToString(),
                         FormatByteCount(static_cast<long long>(bytes)),
                         FormatByteCount(static_cast<long long>(limits_.all_bytes))),
             "put them into the image, or into a volume");
    }
  }

  const FileTree& tree_;
  const FileLimits& limits_;
  const Resource& resource_;
  SeedContents& seeds_;
  Diagnostics& findings_;
  std::vector<Entry> entries_;
};

ResourcePtr WithFiles(const ResourcePtr& resource, std::vector<Entry> entries,
                      const FileTree& tree) {
  auto files = std::make_shared<RepositoryFiles>();
  files->digest = DigestOfEntries(entries, "");
  files->entries = std::move(entries);
  files->contents = tree.contents();
  auto with = std::make_shared<Resource>(*resource);
  with->spec_digest = SpecDigest(with->spec, with->derived, files->digest);
  with->files = std::move(files);
  return with;
}

}  // namespace

Status RepositoryUses::Find(const FileTree& tree, manifest::LoadResult& loaded) {
  const std::scoped_lock lock(mutex_);
  Memory memory;
  for (ResourcePtr& resource : loaded.resources) {
    if (resource->key.kind != "App") continue;
    const std::vector<Use> uses = UsesOf(resource->spec);
    if (uses.empty()) continue;
    const size_t before = loaded.diagnostics.size();
    Finder finder(tree, limits_, *resource, seeds_, loaded.diagnostics);
    for (const Use& use : uses) {
      if (const Status added = finder.Add(use); !added)
        return std::unexpected(added.error().WithContext("read " + use.path));
    }
    std::vector<Entry> entries = finder.Take();
    if (loaded.diagnostics.size() != before) continue;
    const auto known = memory_.find(resource.get());
    const bool same = known != memory_.end() && known->second.output->files->entries == entries;
    const ResourcePtr output =
        same ? known->second.output : WithFiles(resource, std::move(entries), tree);
    memory.emplace(resource.get(), Memo{resource, output});
    resource = output;
  }
  std::ranges::sort(loaded.diagnostics);
  memory_ = std::move(memory);
  seeds_.ForgetOthers();
  return {};
}

std::unique_ptr<RepositoryUses> RepositoryUses::Fork() {
  auto fork = std::make_unique<RepositoryUses>(limits_);
  const std::scoped_lock lock(mutex_);
  fork->memory_ = memory_;
  fork->seeds_ = seeds_;
  return fork;
}

}  // namespace mooring::expand
