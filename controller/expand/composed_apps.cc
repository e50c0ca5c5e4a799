// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/composed_apps.h"

#include <algorithm>
#include <set>

#include "controller/base/text.h"
#include "controller/expand/compose/paths.h"
#include "controller/expand/compose/project.h"
#include "controller/expand/composed_model.h"
#include "controller/manifest/composed.h"
#include "controller/manifest/repository_path.h"
#include "controller/resource/repository_files.h"

namespace mooring::expand {
namespace {

using Entry = FileTree::Entry;
using manifest::TreePath;

const Entry* FindFile(const FileTree& tree, std::string_view path) {
  const auto found = EntriesAt(tree.entries(), path);
  return found.size() == 1 && found.front().path == TreePath(path) ? &found.front() : nullptr;
}

/// The files of a revision, by paths from its root. Keeps which were asked for.
class TreeFiles final : public compose::Files {
 public:
  explicit TreeFiles(const FileTree& tree) : tree_(tree) {}

  std::optional<std::string> Read(const std::string& path) override {
    const Entry* entry = Find(path);
    if (entry == nullptr) return std::nullopt;
    if (entry->size <= manifest::Limits().file_bytes) return ReadEntry(*entry);
    too_large_.insert(
        {{entry->path},
         fmt::format("the file has {}, more than the {} that are read",
                     FormatByteCount(static_cast<long long>(entry->size)),
                     FormatByteCount(static_cast<long long>(manifest::Limits().file_bytes))),
         "split it, or keep what does not belong into it elsewhere"});
    return std::nullopt;
  }
  bool IsFolder(const std::string& path) override {
    return !EntriesAt(tree_.entries(), path).empty() && FindFile(tree_, path) == nullptr;
  }

  std::map<std::string, std::string> TakeAsked() { return std::move(asked_); }
  /// A finding for each that was asked for and not read.
  const std::set<Diagnostic>& too_large() const { return too_large_; }
  /// The first failure to read the tree.
  const Status& status() const { return status_; }

 private:
  std::optional<std::string> ReadEntry(const Entry& entry) {
    auto text = tree_.Read(entry);
    if (text) return *std::move(text);
    if (status_) status_ = std::unexpected(text.error().WithContext("read " + entry.path));
    return std::nullopt;
  }

  /// A link leads to what is read in its place.
  const Entry* Find(const std::string& path) {
    const Entry* entry = FindFile(tree_, path);
    asked_[path] = entry == nullptr ? "" : entry->blob_id;
    if (entry == nullptr || entry->type == FileTree::Type::kFile) return entry;
    if (entry->type != FileTree::Type::kSymlink) return nullptr;
    const auto target = ReadEntry(*entry);
    const auto resolved = target ? manifest::ResolvePath(path, *target) : std::nullopt;
    if (!resolved) return nullptr;
    entry = FindFile(tree_, *resolved);
    asked_[*resolved] = entry == nullptr ? "" : entry->blob_id;
    return entry != nullptr && entry->type == FileTree::Type::kFile ? entry : nullptr;
  }

  const FileTree& tree_;
  std::map<std::string, std::string> asked_;
  std::set<Diagnostic> too_large_;
  Status status_;
};

/// What was asked for is what it was. Without ids nobody knows.
bool IsCurrent(const std::map<std::string, std::string>& read, const FileTree& tree) {
  return std::ranges::all_of(read, [&](const auto& file) {
    const Entry* entry = FindFile(tree, file.first);
    if (entry == nullptr) return file.second.empty();
    return !file.second.empty() && file.second == entry->blob_id;
  });
}

/// Which of the two files that the App itself names is not there.
void ReportMissing(const FileTree& tree, const Resource& app, Diagnostics& findings) {
  for (const std::string field : {"file", "envFile"}) {
    const Json& compose = app.spec["compose"];
    if (!compose.contains(field)) continue;
    const std::string path = compose[field].get<std::string>();
    if (FindFile(tree, path) != nullptr) continue;
    std::vector<std::string> names;
    const std::string folder(TreePath(path).substr(0, TreePath(path).rfind('/') + 1));
    for (const Entry& entry : tree.entries()) {
      if (entry.path.starts_with(folder) &&
          entry.path.find('/', folder.size()) == std::string::npos)
        names.push_back("./" + entry.path);
    }
    const std::string near = Nearest(path, names);
    findings.push_back({app.LocationOf("/compose/" + field),
                        fmt::format("there is no file {} in the repository", path),
                        near.empty() ? "add it; the path begins at the file that says it"
                                     : fmt::format("did you mean {}?", near)});
  }
}

compose::ModelRequest RequestOf(const Resource& app, PlacedSecrets& secrets) {
  const Json& said = app.spec["compose"];
  compose::ModelRequest request;
  request.files = {std::string(TreePath(said["file"].get_ref<const std::string&>()))};
  request.folder = compose::FolderOf(request.files[0]);
  if (said.contains("envFile"))
    request.env_files = {std::string(TreePath(said["envFile"].get_ref<const std::string&>()))};
  request.environment = secrets.Variables(said.value("environment", Json::object()));
  const auto adopt = app.spec.find("adopt");
  if (adopt != app.spec.end()) request.project = adopt->value("composeProject", app.key.name);
  request.usual_project = app.key.name;
  request.complete = false;
  return request;
}

ResourcePtr Composed(const Resource& app, TreeFiles& files, Diagnostics& findings) {
  compose::Problems problems;
  PlacedSecrets secrets;
  compose::Model model = LoadModel(RequestOf(app, secrets), files, problems);
  if (!problems.Any()) {
    const auto profiles =
        app.spec["compose"].value("profiles", Json::array()).get<std::vector<std::string>>();
    MakeProject(model, profiles, files, problems);
  }
  // Not read is not absent: without its variables the model is another one.
  if (!files.too_large().empty()) {
    findings.insert(findings.end(), files.too_large().begin(), files.too_large().end());
    return nullptr;
  }
  if (!problems.Any()) PlaceInApp(model, secrets, problems);
  if (problems.Any()) {
    std::ranges::move(problems.list(), std::back_inserter(findings));
    return nullptr;
  }
  return manifest::LayModel(app, std::move(model.root), problems.files(), findings);
}

}  // namespace

Status ComposedApps::Compose(const FileTree& tree, manifest::LoadResult& loaded) {
  const std::scoped_lock lock(mutex_);
  Memory memory;
  for (ResourcePtr& resource : loaded.resources) {
    if (resource->key.kind != "App" || !resource->spec.contains("compose")) continue;
    const auto known = memory_.find(resource.get());
    Memo memo;
    if (known != memory_.end() && IsCurrent(known->second.read, tree)) {
      memo = known->second;
    } else {
      memo.input = resource;
      ReportMissing(tree, *resource, memo.findings);
      TreeFiles files(tree);
      if (memo.findings.empty()) memo.output = Composed(*resource, files, memo.findings);
      if (!files.status()) return files.status();
      memo.read = files.TakeAsked();
    }
    loaded.diagnostics.insert(loaded.diagnostics.end(), memo.findings.begin(), memo.findings.end());
    if (memo.output == nullptr) loaded.invalid.insert(resource->key);
    // Findings of files that the App itself misses are looked for each time.
    const ResourcePtr input = resource;
    resource = memo.output;
    if (!memo.read.empty()) memory.emplace(input.get(), std::move(memo));
  }
  std::erase(loaded.resources, nullptr);
  std::ranges::sort(loaded.diagnostics);
  memory_ = std::move(memory);
  return {};
}

std::unique_ptr<ComposedApps> ComposedApps::Fork() {
  auto fork = std::make_unique<ComposedApps>();
  const std::scoped_lock lock(mutex_);
  fork->memory_ = memory_;
  return fork;
}

}  // namespace mooring::expand
