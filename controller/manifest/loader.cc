// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/loader.h"

#include "controller/base/text.h"
#include "controller/manifest/document.h"
#include "controller/manifest/key_index.h"
#include "controller/manifest/repository_path.h"
#include "controller/manifest/yaml_tree.h"
#include "controller/resource/reasons.h"

namespace mooring::manifest {
namespace {

bool IsYaml(std::string_view path) { return path.ends_with(".yaml") || path.ends_with(".yml"); }

/// Mooring's own settings lie in .mooring/ and have their own schema.
bool IsRead(const FileTree::Entry& entry) {
  return IsYaml(entry.path) && !entry.path.starts_with(".mooring/") &&
         entry.type != FileTree::Type::kSubmodule;
}

/// A link to a file that is read under its own name is ignored: reading it twice would give two of
/// each resource. Every other link is a finding, since its author expects it to be read.
Diagnostics CheckLink(const FileTree& tree, const std::string& path, const std::string& target) {
  const auto resolved = ResolvePath(path, target);
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

Diagnostic DefinedTwice(const Resource& second, const Resource& first) {
  return {second.source, fmt::format("{} is defined twice", second.key.ToString()),
          fmt::format("the first is at {}; rename or remove one of them", first.source.ToString())};
}

/// Reports the second of two resources with the same key, and keeps the first.
void RefuseDuplicates(KeyIndex& index, LoadResult& result) {
  std::erase_if(result.resources, [&](const ResourcePtr& resource) {
    const Resource* first = index.Add(*resource);
    if (first != resource.get()) result.diagnostics.push_back(DefinedTwice(*resource, *first));
    return first != resource.get();
  });
  std::erase_if(result.unresolved, [&](const Unresolved& unresolved) {
    const Resource& outline = *unresolved.outline;
    const Resource* first = index.Add(outline);
    if (first != &outline) result.diagnostics.push_back(DefinedTwice(outline, *first));
    return first != &outline;
  });
}

/// Every overlay of the environment has something below it.
void CheckOverlays(const KeyIndex& index, const Environment& environment, LoadResult& result) {
  for (const auto& [key, overlay] : environment.overlays) {
    const bool there = index.Find(key) != nullptr || result.invalid.contains(key);
    if (there || !result.complete) continue;
    std::vector<std::string> names;
    for (const ResourcePtr& r : result.resources) {
      if (r->key.kind == key.kind && r->key.ns == key.ns) names.push_back(r->key.name);
    }
    for (const ResourceKey& other : result.invalid) {
      if (other.kind == key.kind && other.ns == key.ns) names.push_back(other.name);
    }
    const std::string near = Nearest(key.name, names);
    const Position at = overlay->document.at;
    result.diagnostics.push_back({{overlay->file, at.line, at.column},
                                  fmt::format("there is no {} to lay this over", key.ToString()),
                                  near.empty() ? "add it outside of overlays/, or remove this"
                                               : fmt::format("did you mean \"{}\"?", near)});
  }
}

void CapFindings(const std::string& path, const Limits& limits, Diagnostics& diagnostics) {
  if (diagnostics.size() <= limits.findings_per_file) return;
  std::sort(diagnostics.begin(), diagnostics.end());
  diagnostics.resize(limits.findings_per_file);
  diagnostics.push_back(
      {{path},
       fmt::format("more than {} findings in this file", limits.findings_per_file),
       "the rest is left out"});
}

/// An overlay only says what differs; who it is for is said by the document below it.
void KeepDifferences(Node& document) {
  const auto erase = [](Node& map, std::string_view first, std::string_view second) {
    std::erase_if(map.members, [&](const Member& m) { return m.key == first || m.key == second; });
  };
  erase(document, "apiVersion", "kind");
  if (Node* metadata = document.Find("metadata")) erase(*metadata, "name", "namespace");
}

/// Only a file with a block of SOPS is opened again later.
SharedText IfEncrypted(const std::string& text) {
  return text.find("sops") == std::string::npos ? nullptr
                                                : std::make_shared<const std::string>(text);
}

template <typename T>
void Append(const std::vector<T>& from, std::vector<T>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

bool LoadResult::IsEmpty() const {
  return unresolved.empty() && diagnostics.empty() &&
         std::ranges::all_of(resources, [](const ResourcePtr& resource) {
           return RunsNothing(resource->key.kind);
         });
}

Error EmptySource(const std::string& what) {
  return Error(
             ErrorCode::kFailedPrecondition,
             fmt::format("no resources in {}; nothing is removed because of that, the last good "
                         "revision stays. If everything is really to go, leave one resource in it",
                         what))
      .WithReason(reason::kSourceEmpty);
}

void Loader::ReadFile(const std::string& path, const std::string& text, const Limits& limits,
                      const Environment& environment, File& file) {
  ParsedFile parsed = ParseYaml(path, text, limits);
  file.diagnostics = std::move(parsed.diagnostics);
  file.complete = file.diagnostics.empty();
  const SharedText shared = IfEncrypted(text);
  for (Document& document : parsed.documents) {
    Diagnostics inside = std::move(document.diagnostics);
    const bool well_formed = inside.empty();
    Findings findings(path, limits.findings_per_file, inside);
    ReadDocument read = ReadResource(std::move(document.root), shared, environment, findings);
    if (!read.ours) continue;
    file.lookups.merge(read.lookups);
    if (read.resource != nullptr && well_formed) {
      file.resources.push_back(std::move(read.resource));
      continue;
    }
    if (read.outline != nullptr && well_formed) {
      file.unresolved.push_back({std::move(read.outline), std::move(read.undefined)});
      continue;
    }
    if (read.key) file.invalid.push_back(*std::move(read.key));
    file.complete = file.complete && read.key.has_value();
    std::ranges::move(inside, std::back_inserter(file.diagnostics));
    std::ranges::move(read.undefined, std::back_inserter(file.diagnostics));
  }
  CapFindings(path, limits, file.diagnostics);
}

void Loader::ReadOverlays(const FileTree::Entry& entry, const std::string& text,
                          const Limits& limits, File& file) {
  ParsedFile parsed = ParseYaml(entry.path, text, limits);
  file.diagnostics = std::move(parsed.diagnostics);
  const SharedText shared = IfEncrypted(text);
  for (Document& document : parsed.documents) {
    Diagnostics inside = std::move(document.diagnostics);
    Findings findings(entry.path, limits.findings_per_file, inside);
    const Identity identity = Identify(document.root, findings);
    if (!identity.ours) continue;
    if (EnvironmentOf(entry.path).empty()) {
      findings.Add(document.root.at, "this overlay is in no environment",
                   "move the file into a folder overlays/<environment>/");
    } else if (identity.kind != nullptr && identity.kind->name == "Host") {
      findings.Add(document.root.at, "a Host has no overlays: it says which ones there are",
                   "write it all in the Host itself");
    } else if (identity.kind != nullptr && !identity.key) {
      findings.Add(document.root.at, "this overlay does not say what it is laid over",
                   "add metadata.name, the name of the resource");
    }
    if (inside.empty()) {
      std::string id = fmt::format("{} {} {}", entry.path, entry.blob_id, file.overlays.size());
      if (entry.blob_id.empty()) id += text;
      KeepDifferences(document.root);
      file.overlays.push_back(
          {*identity.key, entry.path, std::move(id), shared, std::move(document.root)});
    }
    std::move(inside.begin(), inside.end(), std::back_inserter(file.diagnostics));
  }
  CapFindings(entry.path, limits, file.diagnostics);
}

/// What the file took of the environment; another text: it must be made anew.
std::string Loader::ContextOf(const File& file, const Environment& environment) {
  std::string context;
  const auto add = [&](const ResourceKey& key) {
    if (const Overlay* overlay = environment.OverlayOf(key)) context += overlay->id + "\n";
  };
  if (!environment.overlays.empty()) {
    for (const ResourcePtr& resource : file.resources) add(resource->key);
    for (const Unresolved& unresolved : file.unresolved) add(unresolved.outline->key);
    for (const ResourceKey& key : file.invalid) add(key);
  }
  bool missing = false;
  for (const std::string& name : file.lookups) {
    const auto found = environment.variables.values.find(name);
    missing = missing || found == environment.variables.values.end();
    if (found != environment.variables.values.end())
      context += fmt::format("{}={}\n", name, found->second);
  }
  return missing ? context + environment.Description() : context;
}

Result<Loader::File> Loader::LoadFile(const FileTree& tree, const FileTree::Entry& entry,
                                      const Environment* environment) const {
  File file;
  file.blob_id = entry.blob_id;
  if (entry.size > limits_.file_bytes) {
    file.made = true;
    file.complete = false;
    file.diagnostics = {{{entry.path},
                         fmt::format("the file has {}, more than the {} that are read",
                                     FormatByteCount(static_cast<long long>(entry.size)),
                                     FormatByteCount(static_cast<long long>(limits_.file_bytes))),
                         "split it, or give it another ending than .yaml if it is no spec"}};
    return file;
  }
  auto text = tree.Read(entry);
  if (!text) return std::unexpected(text.error().WithContext("read " + entry.path));
  // Without a dollar sign there is no variable; a Host must be known before there is any.
  file.may_be_host = text->find("Host") != std::string::npos;
  const bool waits =
      environment == nullptr && text->find('$') != std::string::npos && !file.may_be_host;
  file.made = IsOverlay(entry.path) || !waits;
  if (IsOverlay(entry.path)) {
    ReadOverlays(entry, *text, limits_, file);
  } else if (file.made) {
    const Environment unknown = UnknownEnvironment();
    const Environment& used = environment == nullptr ? unknown : *environment;
    ReadFile(entry.path, *text, limits_, used, file);
    file.context = ContextOf(file, used);
  }
  return file;
}

Result<std::vector<Loader::Seen>> Loader::ReadChanged(const FileTree& tree, LoadResult& result) {
  std::vector<Seen> seen;
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
      MOORING_TRY(file, LoadFile(tree, entry, nullptr));
    }
    file.generation = generation_;
    seen.push_back({&entry, &file});
  }
  std::erase_if(files_, [&](const auto& file) { return file.second.generation != generation_; });
  return seen;
}

Result<Environment> Loader::FindEnvironment(const FileTree& tree, const std::vector<Seen>& seen,
                                            const std::string& revision,
                                            Diagnostics& diagnostics) const {
  const ResourceKey ours{"Host", "", host_};
  const Resource* document = nullptr;
  bool broken = false;
  bool complete = true;
  for (const Seen& one : seen) {
    for (const ResourcePtr& resource : one.file->resources) {
      if (document == nullptr && resource->key == ours) document = resource.get();
    }
    broken = broken || std::ranges::find(one.file->invalid, ours) != one.file->invalid.end();
    complete = complete && (one.file->complete || !one.file->may_be_host);
  }
  MOORING_TRY(Environment environment,
              ReadEnvironment(tree, host_, document, broken || (document == nullptr && !complete),
                              revision, limits_, diagnostics));
  for (const Seen& one : seen) {
    if (environment.name.empty() || one.file->overlays.empty()) continue;
    if (EnvironmentOf(one.entry->path) != environment.name) continue;
    for (const Overlay& overlay : one.file->overlays) {
      const auto [first, is_new] = environment.overlays.try_emplace(overlay.key, &overlay);
      if (is_new) continue;
      const Position at = overlay.document.at;
      const Position before = first->second->document.at;
      const SourceLocation where{first->second->file, before.line, before.column};
      diagnostics.push_back(
          {{overlay.file, at.line, at.column},
           fmt::format("{} has two overlays in {}", overlay.key.ToString(), environment.name),
           fmt::format("the first is at {}; make one of them", where.ToString())});
    }
  }
  return environment;
}

Status Loader::MakeRest(const FileTree& tree, const std::vector<Seen>& seen,
                        const Environment& environment) {
  for (const Seen& one : seen) {
    if (one.file->made &&
        (IsOverlay(one.entry->path) || ContextOf(*one.file, environment) == one.file->context)) {
      continue;
    }
    MOORING_TRY(*one.file, LoadFile(tree, *one.entry, &environment));
    one.file->generation = generation_;
  }
  return {};
}

std::unique_ptr<Loader> Loader::Fork() {
  auto fork = std::make_unique<Loader>(host_, limits_);
  const std::scoped_lock lock(mutex_);
  fork->files_ = files_;
  fork->generation_ = generation_;
  return fork;
}

Result<LoadResult> Loader::Load(const FileTree& tree, const std::string& revision) {
  const std::scoped_lock lock(mutex_);
  ++generation_;
  LoadResult result;
  MOORING_TRY(const std::vector<Seen> seen, ReadChanged(tree, result));
  MOORING_TRY(const Environment environment,
              FindEnvironment(tree, seen, revision, result.diagnostics));
  MOORING_RETURN_IF_ERROR(MakeRest(tree, seen, environment));
  for (const Seen& one : seen) {
    const File& file = *one.file;
    Append(file.resources, result.resources);
    Append(file.unresolved, result.unresolved);
    Append(file.diagnostics, result.diagnostics);
    result.invalid.insert(file.invalid.begin(), file.invalid.end());
    result.complete = result.complete && file.complete;
  }
  const auto policy = std::ranges::find(tree.entries(), kPolicyFile, &FileTree::Entry::path);
  if (policy != tree.entries().end()) {
    MOORING_TRY(result.policy, ReadPolicy(tree, *policy, limits_, result.diagnostics));
  }
  KeyIndex index(result.resources.size() + result.unresolved.size());
  RefuseDuplicates(index, result);
  CheckOverlays(index, environment, result);
  std::sort(result.diagnostics.begin(), result.diagnostics.end());
  return result;
}

}  // namespace mooring::manifest
