// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/file_planner.h"

#include <algorithm>

#include "controller/base/text.h"
#include "reconcilers/docker/plan/file_mounts.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/service_steps.h"

namespace mooring::docker {
namespace {

constexpr size_t kMostDiffs = 10;
constexpr char kMissing[] = "missing";

using Strings = std::vector<std::string>;

/// An object of the spec with all places where it is used.
struct Wanted {
  FileObjectPtr object;
  std::string field;                        ///< the first: "services.web.configs.flags"
  std::map<std::string, std::string> told;  ///< service -> signal
};

/// What of an object does not lie as it shall.
struct Deviation {
  WriteFiles step;
  std::vector<FieldDiff> diffs;
  Strings left;  ///< what a container changed, and is left
};

std::string BlobText(const LyingFile* file) {
  return file == nullptr ? kMissing : "sha1:" + file->blob_id.substr(0, 8);
}

const LyingFile* FindFile(const LyingObject& object, const std::string& name) {
  const auto found = std::ranges::lower_bound(object.files, name, {}, &LyingFile::name);
  return found != object.files.end() && found->name == name ? &*found : nullptr;
}

bool LiesAsWanted(const FileObject& object, const FileTree::Entry& entry, const LyingFile& file) {
  if (file.type != entry.type || file.blob_id != entry.blob_id) return false;
  if (object.keeps_edits || entry.type == FileTree::Type::kSymlink) return true;
  return file.mode == object.ModeOf(entry) && file.uid == object.uid && file.gid == object.gid;
}

/// Whether a file, or a link, is where a folder of `name` would be.
bool IsBlocked(const LyingObject& lying, const std::string& name) {
  for (size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    if (FindFile(lying, name.substr(0, slash)) != nullptr) return true;
  }
  return false;
}

/// True when a container changed the file since it was laid: it is not ours to change then.
bool IsTheirs(const FileObject& object, const LyingObject& lying, const std::string& name,
              const LyingFile* file) {
  if (!object.keeps_edits) return false;
  if (IsBlocked(lying, name)) return true;
  const auto laid = lying.laid.find(name);
  if (laid == lying.laid.end()) return file != nullptr;
  return file == nullptr || file->blob_id != laid->second;
}

void CompareEntry(const Wanted& wanted, const FileTree::Entry& entry, const LyingObject& lying,
                  Deviation& out) {
  const FileObject& object = *wanted.object;
  const std::string name = object.NameOf(entry);
  const LyingFile* file = FindFile(lying, name);
  auto& laid = out.step.laid;
  if (file != nullptr && LiesAsWanted(object, entry, *file)) {
    laid[name] = entry.blob_id;
    return;
  }
  if (IsTheirs(object, lying, name, file)) {
    const auto before = lying.laid.find(name);
    if (before != lying.laid.end()) laid[name] = before->second;
    out.left.push_back(name.empty() ? object.source : object.source + "/" + name);
    return;
  }
  laid[name] = entry.blob_id;
  out.step.write.push_back(name);
  if (out.diffs.size() < kMostDiffs) {
    std::string is = BlobText(file);
    std::string want = "sha1:" + entry.blob_id.substr(0, 8);
    if (is == want) {
      is = fmt::format("{:04o} {}:{}", file->mode, file->uid, file->gid);
      want = fmt::format("{:04o} {}:{}", object.ModeOf(entry), object.uid, object.gid);
    }
    out.diffs.push_back({name.empty() ? wanted.field : wanted.field + "/" + name, is, want});
  }
}

Deviation Compare(const Wanted& wanted, const LyingObject* lying) {
  const FileObject& object = *wanted.object;
  Deviation out{.step = {.object = wanted.object}};
  static const LyingObject kNothing;
  const bool usable = lying != nullptr && lying->folder == object.folder;
  out.step.whole = !usable;
  for (const FileTree::Entry& entry : object.entries)
    CompareEntry(wanted, entry, usable ? *lying : kNothing, out);
  if (!usable) return out;
  for (const LyingFile& file : lying->files) {
    if (object.Find(file.name) != nullptr) continue;
    const auto laid = lying->laid.find(file.name);
    const bool ours = laid != lying->laid.end() && laid->second == file.blob_id;
    if (object.keeps_edits && !ours) continue;
    out.step.remove.push_back(file.name);
    if (out.diffs.size() < kMostDiffs)
      out.diffs.push_back({wanted.field + "/" + file.name, BlobText(&file), "(none)"});
  }
  return out;
}

std::map<std::string, Wanted> CollectWanted(const AppSpec& app) {
  std::map<std::string, Wanted> all;
  for (const ServiceSpec& service : app.services) {
    for (const FileMount& mount : service.files) {
      auto& wanted = all[mount.object->path];
      if (!wanted.object) {
        wanted.object = mount.object;
        wanted.field = fmt::format("services.{}.{}", service.name, mount.field);
      }
      if (mount.on_change == OnChange::kSignal) wanted.told[service.name] = mount.signal;
    }
  }
  return all;
}

void AddSources(const Json& host_config, std::set<std::string>& sources) {
  for (const Json& m : host_config.value("Mounts", Json::array()))
    sources.insert(m.value("Source", ""));
}

/// What containers have mounted, and what those that are about to be made will have.
struct Mounted {
  std::set<std::string> now;
  std::set<std::string> soon;
  bool complete = true;  ///< false: a container could not be looked at
};

Mounted CollectMounted(const AppContext& context) {
  Mounted mounted;
  for (const ObservedContainer& container : context.seen.containers) {
    mounted.complete = mounted.complete && container.details != nullptr;
    if (container.details) AddSources(container.details->host_config, mounted.now);
  }
  for (const Change& change : context.plan.changes) {
    const auto& step = static_cast<const DockerOperation&>(*change.operation).step;
    const auto* create = std::get_if<CreateContainer>(&step);
    if (const auto* replace = std::get_if<ReplaceContainer>(&step)) create = &replace->next;
    if (create != nullptr && create->body.is_object())
      AddSources(create->body.value("HostConfig", Json::object()), mounted.soon);
  }
  return mounted;
}

/// Containers that have the object in its earlier content and are to be told of the new one.
void PlanSignals(AppContext& context, const Wanted& wanted, const LyingObject* lying,
                 bool changes_now) {
  const FileObject& object = *wanted.object;
  std::set<std::string> going;
  for (const Change& change : context.plan.changes) {
    const auto& step = static_cast<const DockerOperation&>(*change.operation).step;
    if (const auto* remove = std::get_if<RemoveContainer>(&step)) going.insert(remove->id);
    if (const auto* replace = std::get_if<ReplaceContainer>(&step)) going.insert(replace->old_one);
  }
  for (const ObservedContainer& container : context.seen.containers) {
    const ContainerSummary& summary = *container.summary;
    const auto signal = wanted.told.find(summary.Label(label::kService));
    if (signal == wanted.told.end() || summary.state != "running" || !container.details ||
        going.contains(summary.id))
      continue;
    std::set<std::string> sources;
    AddSources(container.details->host_config, sources);
    if (!sources.contains(object.path)) continue;
    if (!changes_now) {
      // One that started since has read it; one that was told as well.
      if (lying == nullptr || container.details->started_at >= lying->laid_at) continue;
      const auto told = lying->signalled.find(summary.id);
      if (told != lying->signalled.end() && told->second == object.digest) continue;
    }
    context.plan.changes.push_back(
        MakeChange("container/" + summary.name, Action::kUpdate,
                   fmt::format("{} changed: {} to {}", object.source, signal->second, summary.name),
                   SignalContainer{summary.id, signal->second, object.path, object.digest}));
  }
}

void PlanObject(AppContext& context, const Wanted& wanted, const Mounted& mounted) {
  const FileObject& object = *wanted.object;
  const bool in_use = mounted.now.contains(object.path);
  if (!in_use && !mounted.soon.contains(object.path)) return;
  const auto found = context.seen.files.objects.find(object.path);
  const LyingObject* lying = found == context.seen.files.objects.end() ? nullptr : &found->second;
  Deviation deviation = Compare(wanted, lying);
  const bool other_content =
      object.live && (lying == nullptr || lying->laid_digest != object.digest);
  const bool differs =
      deviation.step.whole || !deviation.step.write.empty() || !deviation.step.remove.empty();
  for (const std::string& name : deviation.left) {
    context.plan.notes.push_back(
        fmt::format("{} was changed by a container, and is left as it is", name));
  }
  if (differs || other_content) {
    const bool drift = differs && !other_content && (in_use || lying != nullptr);
    const bool is_new = lying == nullptr && !drift;
    Change change = MakeChange("file/" + object.source, is_new ? Action::kCreate : Action::kUpdate,
                               drift    ? "changed by hand on the host"
                               : is_new ? "new"
                                        : "changed in the repository",
                               std::move(deviation.step));
    change.drift = drift;
    if (!is_new) change.diffs = std::move(deviation.diffs);
    context.plan.changes.push_back(std::move(change));
  }
  if (!wanted.told.empty()) PlanSignals(context, wanted, lying, differs || other_content);
}

/// Whether a container wrote in it: then it is kept for good.
bool IsWrittenTo(const LyingObject& lying) {
  if (lying.laid_digest.empty()) return false;
  if (lying.files.size() != lying.laid.size()) return true;
  return std::ranges::any_of(lying.files, [&](const LyingFile& file) {
    const auto laid = lying.laid.find(file.name);
    return laid == lying.laid.end() || laid->second != file.blob_id;
  });
}

void PlanUnused(AppContext& context, const std::map<std::string, Wanted>& wanted,
                const Mounted& mounted) {
  if (!mounted.complete) return;
  RemoveFiles unused;
  for (const auto& [path, lying] : context.seen.files.objects) {
    if (wanted.contains(path) || mounted.now.contains(path) || mounted.soon.contains(path))
      continue;
    if (!IsWrittenTo(lying)) unused.paths.push_back(path);
  }
  if (unused.paths.empty()) return;
  const std::string why = Count(unused.paths.size(), "version") + " that no container uses";
  context.plan.changes.push_back(
      MakeChange("files/" + context.app.NetworkName(), Action::kDelete, why, std::move(unused)));
}

}  // namespace

void PlanFiles(AppContext& context) {
  const std::map<std::string, Wanted> wanted = CollectWanted(context.app);
  if (wanted.empty() && context.seen.files.objects.empty()) return;
  const Mounted mounted = CollectMounted(context);
  for (const auto& [path, one] : wanted) PlanObject(context, one, mounted);
  PlanUnused(context, wanted, mounted);
}

void PlanFileRemoval(AppContext& context) {
  RemoveFiles all;
  for (const auto& [path, lying] : context.seen.files.objects) {
    if (IsWrittenTo(lying)) {
      context.plan.notes.push_back("data kept: folder " + path);
    } else {
      all.paths.push_back(path);
    }
  }
  if (all.paths.empty()) return;
  context.plan.changes.push_back(MakeChange("files/" + context.app.NetworkName(), Action::kDelete,
                                            "gone from the source", std::move(all)));
}

bool HasRemovableFiles(const FilesView& files) {
  return std::ranges::any_of(files.objects,
                             [](const auto& object) { return !IsWrittenTo(object.second); });
}

}  // namespace mooring::docker
