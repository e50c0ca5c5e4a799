// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/deletion.h"

#include "controller/base/digest.h"
#include "controller/base/text.h"
#include "controller/reconcile/confirmation.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/labels.h"
#include "reconcilers/docker/plan/network_planner.h"
#include "reconcilers/docker/plan/seed_planner.h"
#include "reconcilers/docker/plan/service_planner.h"
#include "reconcilers/docker/plan/service_steps.h"

namespace mooring::docker {
namespace {

/// In ResourceStatus::details: {"policy": "Delete", "spec": "sha256:...", "volumes":
/// {"default_shop_data": "7f3c9a21"}}. `spec` is the digest of the spec that says so.
constexpr char kDetails[] = "deletion";
constexpr char kPolicy[] = "policy";
constexpr char kSpec[] = "spec";
constexpr char kVolumes[] = "volumes";
constexpr Duration kLookAgain = std::chrono::minutes(10);

/// Tells a volume from another one of its name: its labels say at which revision it was made. Its
/// time does not, because the engine's moves with what is written into it.
std::string IdentityOf(const VolumeInfo& volume) {
  constexpr size_t kShown = 8;
  std::string text = volume.name + "\n" + volume.driver;
  for (const auto& [name, value] : volume.labels) text += "\n" + name + "=" + value;
  for (const auto& [name, value] : volume.options) text += "\n" + name + "=" + value;
  return Sha256Hex(text).substr(0, kShown);
}

/// Whether the spec says of it that it is another's, or that it stays.
bool IsKept(const AppSpec& app, const std::string& name) {
  const auto spec = std::ranges::find(app.volumes, name, &VolumeSpec::name);
  if (spec == app.volumes.end()) return false;
  return spec->external || spec->labels.contains(label::kPrune);
}

/// What deletionPolicy Delete takes, by name. What somebody else made, and was adopted, stays.
std::map<std::string, std::string> VolumesThatGo(const AppContext& context) {
  std::map<std::string, std::string> volumes;
  for (const VolumeInfo& volume : context.seen.volumes) {
    if (IsOurs(context, volume.labels) && !IsMark(volume) && !IsKept(context.app, volume.name))
      volumes[volume.name] = IdentityOf(volume);
  }
  return volumes;
}

/// "volumes default_shop_cache, default_shop_data (1.2 GiB)".
std::string Described(const AppContext& context, const std::vector<std::string>& names) {
  std::vector<std::string> parts;
  for (const std::string& name : names) {
    const auto size = context.seen.volume_sizes.find(name);
    parts.push_back(size == context.seen.volume_sizes.end()
                        ? name
                        : fmt::format("{} ({})", name, FormatByteCount(size->second)));
  }
  return fmt::format("volume{} {}", names.size() == 1 ? "" : "s", Join(parts, ", "));
}

Json Remembered(const AppContext& context) {
  const Json* details = context.input.remembered.details;
  if (details == nullptr || !details->is_object()) return Json::object();
  Json deletion = details->value(kDetails, Json::object());
  return deletion.is_object() ? deletion : Json::object();
}

}  // namespace

void RememberDeletion(AppContext& context) {
  if (context.app.deletion == DeletionPolicy::kRetain) return;
  Json& remembered = context.plan.details[kDetails];
  if (context.app.deletion == DeletionPolicy::kOrphan) {
    remembered = {{kPolicy, "Orphan"}};
    return;
  }
  remembered = {{kPolicy, "Delete"}};
  const auto volumes = VolumesThatGo(context);
  if (volumes.empty()) return;
  std::vector<std::string> bound_to = {context.input.key->ToString()};
  std::vector<std::string> names;
  for (const auto& [name, identity] : volumes) {
    bound_to.insert(bound_to.end(), {name, identity});
    names.push_back(name);
  }
  const std::string token = ConfirmationToken("delete", bound_to);
  if (context.app.confirm == token) {
    remembered[kSpec] = context.input.desired->spec_digest;
    remembered[kVolumes] = volumes;
    return;
  }
  context.plan.confirm = token;
  context.plan.notes.push_back(fmt::format(
      "deletionPolicy Delete is not confirmed: once the document is removed, {} would be lost. To "
      "confirm it, write confirm: {}; without it the data stays",
      Described(context, names), token));
}

bool IsOrphaned(AppContext& context) {
  const Json remembered = Remembered(context);
  if (!remembered.empty()) context.plan.details[kDetails] = remembered;
  if (ParseDeletionPolicy(remembered.value(kPolicy, "")) != DeletionPolicy::kOrphan) return false;
  if (!context.seen.exists()) return true;
  context.plan.wait = Wait{
      reason::kOrphaned,
      "its document was removed with deletionPolicy Orphan, so this runs on and nobody looks after "
      "it; put the document back, or remove by hand what is in the inventory",
      kLookAgain};
  return true;
}

void PlanVolumeRemoval(AppContext& context) {
  const Json remembered = Remembered(context);
  // After a rollback or in a closed window what was applied is not what the document said last.
  const bool said_last = remembered.value(kSpec, "") == context.input.remembered.document;
  const Json confirmed =
      said_last ? remembered.value(kVolumes, Json::object()) : Json(Json::object());
  std::vector<std::string> lost;
  std::vector<std::string> kept;
  for (const VolumeInfo& volume : context.seen.volumes) {
    if (IsMark(volume)) continue;
    if (confirmed.value(volume.name, "") != IdentityOf(volume)) {
      kept.push_back(volume.name);
      continue;
    }
    lost.push_back(volume.name);
    context.plan.changes.push_back(MakeChange("volume/" + volume.name, Action::kDelete,
                                              "deletionPolicy Delete, confirmed",
                                              RemoveVolume{volume.name}));
    context.plan.changes.back().impact = Impact::kDataLoss;
  }
  auto& notes = context.plan.notes;
  if (!lost.empty()) notes.push_back("data lost: " + Described(context, lost));
  if (kept.empty() || context.plan.changes.empty()) return;
  if (context.input.remembered.details == nullptr) {
    context.plan.data_unknown = true;
    notes.push_back(fmt::format(
        "{} {} unless deletionPolicy Delete was confirmed before, which only the daemon knows",
        Described(context, kept), kept.size() == 1 ? "stays" : "stay"));
    return;
  }
  const bool unconfirmed =
      ParseDeletionPolicy(remembered.value(kPolicy, "")) == DeletionPolicy::kDelete;
  notes.push_back(
      fmt::format("data kept: {}{}", Described(context, kept),
                  unconfirmed ? ", because deletionPolicy Delete was not confirmed for it" : ""));
}

}  // namespace mooring::docker
