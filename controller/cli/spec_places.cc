// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/spec_places.h"

#include <algorithm>

#include "controller/cli/selection.h"
#include "controller/cli/sources.h"
#include "controller/manifest/loader.h"
#include "controller/source/source.h"

namespace mooring::cli {
namespace {

SourceConfig FirstSource(const Config& config) {
  return config.sources.empty() ? SourceConfig() : config.sources.front();
}

std::string CommitId(const std::string& revision) {
  const size_t at = revision.find("sha1:");
  return at == std::string::npos ? "" : revision.substr(at + 5);
}

}  // namespace

SpecPlaces::SpecPlaces(const Config& config)
    : source_(FirstSource(config)),
      host_(config.host_name),
      location_(LocationOf(config, source_)) {}

Result<const git::Repository*> SpecPlaces::Open() {
  if (!repository_) {
    MOORING_TRY(repository_, git::Repository::Open(location_));
  }
  return repository_.get();
}

Result<git::Commit> SpecPlaces::CommitOf(const std::string& revision) {
  MOORING_TRY(const git::Repository* repository, Open());
  return repository->ReadCommit(CommitId(revision));
}

std::string SpecPlaces::SignatureOf(const std::string& revision) {
  if (!source_.verify.IsAsked()) return "";
  const auto repository = Open();
  if (!repository) return "";
  const auto signature = (*repository)->ReadSignature(CommitId(revision));
  if (!signature) return "";
  const auto signer = SignatureCheck(TrustedBy(source_)).Check(*signature, {});
  return signer ? "signed, allowed signer " + *signer : signer.error().ToString();
}

Result<ResourcePtr> SpecPlaces::Load(const ResourceKey& key, const std::string& file,
                                     const std::string& revision) {
  MOORING_TRY(const git::Repository* repository, Open());
  // A variable or an overlay may stand anywhere; most specs have neither.
  auto resource = Read(*repository, key, file, revision, false);
  return resource ? resource : Read(*repository, key, file, revision, true);
}

Result<ResourcePtr> SpecPlaces::Read(const git::Repository& repository, const ResourceKey& key,
                                     const std::string& file, const std::string& revision,
                                     bool whole) const {
  const std::string folder = source_.path == "." ? "" : source_.path;
  MOORING_TRY(const auto entries,
              repository.ListTree(CommitId(revision), folder, SourceLimits().max_entries));
  MemoryFileTree tree;
  for (const git::TreeEntry& entry : entries) {
    const bool is_yaml = entry.path.ends_with(".yaml") || entry.path.ends_with(".yml");
    const bool is_overlay = entry.path.starts_with("overlays/");
    if (is_overlay && !whole) return Fail(ErrorCode::kNotFound, "overlays may say more");
    const bool is_file = entry.mode != git::kModeSymlink && entry.mode != git::kModeSubmodule;
    if (!is_file || (entry.path != file && !(whole && is_yaml))) continue;
    MOORING_TRY(std::string content, repository.ReadBlob(entry.id));
    tree.Put(entry.path, std::move(content));
  }
  manifest::Loader loader(host_);
  MOORING_TRY(const manifest::LoadResult loaded, loader.Load(tree, revision));
  for (const ResourcePtr& resource : loaded.resources) {
    if (resource->key == key) return resource;
  }
  return Fail(ErrorCode::kNotFound, "no " + key.ToString() + " in " + file);
}

std::string SpecPlaces::Locate(const Json& document, const std::string& pointer) {
  const Json source = document.value("status", Json::object()).value("source", Json::object());
  const std::string file = source.value("file", "");
  const ResourceKey key = KeyOf(document);
  if (!loaded_.contains(key)) {
    auto resource = Load(key, file, source.value("revision", ""));
    // Without the repository there is still the resource's own line.
    loaded_[key] = resource ? *std::move(resource) : nullptr;
  }
  const ResourcePtr& resource = loaded_[key];
  if (resource == nullptr) return fmt::format("{}:{}", file, source.value("line", 0));
  const SourceLocation place = resource->LocationOf(pointer);
  return fmt::format("{}:{}", place.file, place.line);
}

}  // namespace mooring::cli
