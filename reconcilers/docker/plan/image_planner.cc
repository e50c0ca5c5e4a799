// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/image_planner.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "reconcilers/docker/plan/image_history.h"
#include "reconcilers/docker/plan/service_steps.h"

namespace mooring::docker {
namespace {

constexpr size_t kShortDigest = 19;  ///< "sha256:" and 12 digits

/// The namespace's own login for an image's registry.
std::optional<RegistryLogin> LoginFor(const AppSpec& app, const std::string& image) {
  const auto found =
      std::ranges::find(app.registries, RegistryOf(image), &RegistryCredential::server);
  if (found == app.registries.end()) return std::nullopt;
  return RegistryLogin{found->server, found->username, found->password};
}

/// "sha256:..." of what was pulled last under any name of the image; "" of one that never was.
std::string DigestHere(const ImageInfo& image) {
  if (image.repo_digests.empty()) return "";
  const std::string& last = image.repo_digests.back();
  return last.substr(last.find('@') + 1);
}

/// What the registry has in the place of an image that is here; nullptr: the same, or nobody knows.
const std::string* MovedTo(AppContext& context, const std::string& reference,
                           const ImageInfo& image) {
  const auto found = context.seen.at_registry.find(reference);
  if (found == context.seen.at_registry.end()) return nullptr;
  const RegistryAnswer& answer = found->second;
  if (answer.digest.empty()) {
    context.plan.notes.push_back(fmt::format(
        "nobody knows whether {} has moved: {}; what is here stays", reference, answer.error));
    return nullptr;
  }
  const bool here = std::ranges::any_of(image.repo_digests, [&](const std::string& digest) {
    return digest.ends_with("@" + answer.digest);
  });
  return here ? nullptr : &answer.digest;
}

void AddPull(AppContext& context, const ServiceSpec& service, Action action, std::string reason) {
  context.plan.changes.push_back(
      MakeChange("image/" + service.image, action, std::move(reason),
                 PullImage{service.image, LoginFor(context.app, service.image), service.platform}));
  context.pulls_planned.insert(service.image);
}

}  // namespace

bool EnsureImage(AppContext& context, const ServiceSpec& service) {
  const auto found = context.seen.images.find(service.image);
  const bool missing = found == context.seen.images.end() || !found->second;
  const bool never = service.pull_policy == "never";
  if (missing && never) {
    context.plan.blocked = Error(ErrorCode::kFailedPrecondition,
                                 fmt::format("image {} of service {} is not on this host and "
                                             "pull_policy is never; load it with: "
                                             "docker load, or let pull_policy be missing",
                                             service.image, service.name))
                               .WithReason(reason::kImagePullFailed);
    return false;
  }
  if (never || context.pulls_planned.contains(service.image)) return true;
  if (missing) {
    AddPull(context, service, Action::kCreate, "not on this host");
  } else if (service.pull_policy == "always") {
    AddPull(context, service, Action::kCreate, "pull_policy is always");
  } else {
    FollowTag(context, service);
  }
  return true;
}

void FollowTag(AppContext& context, const ServiceSpec& service) {
  const auto found = context.seen.images.find(service.image);
  const bool missing = found == context.seen.images.end() || !found->second;
  if (missing || service.pull_policy == "never" || context.pulls_planned.contains(service.image))
    return;
  const std::string* moved = MovedTo(context, service.image, *found->second);
  if (moved == nullptr) return;
  AddPull(context, service, Action::kUpdate, "its tag has moved at the registry");
  Change& pull = context.plan.changes.back();
  const std::string here = DigestHere(*found->second);
  pull.drift = true;
  pull.rotation = true;  // another version under the same spec
  pull.diffs.push_back({"services." + service.name + ".image",
                        here.empty() ? "never pulled" : here.substr(0, kShortDigest),
                        moved->substr(0, kShortDigest)});
}

void PlanImages(AppContext& context, bool app_goes) {
  ImageHistory history(context.input.remembered.details);
  for (const std::string& reference : context.pulls_planned) history.NotePull(reference);
  ResourcePlan& plan = context.plan;
  const bool at_rest = plan.changes.empty() && !plan.wait && !plan.blocked;
  if (at_rest || app_goes) {
    std::map<std::string, KnownImage> used;
    for (const ServiceSpec& service : context.app.services) {
      const auto image = context.seen.images.find(service.image);
      if (app_goes || image == context.seen.images.end() || !image->second) continue;
      used[service.name] = {service.image, image->second->id};
    }
    history.NoteUse(used);
    for (const KnownImage& image : history.TakeObsolete(context.app.keep_images)) {
      plan.changes.push_back(MakeChange(
          "image/" + image.reference, Action::kDelete,
          app_goes
              ? "pulled for this App only"
              : fmt::format("{} newer kept",
                            Count(static_cast<size_t>(context.app.keep_images + 1), "version")),
          RemoveImage{image.reference, image.id}));
    }
  }
  Json known = history.ToJson();
  if (!known.empty()) plan.details["images"] = std::move(known);
}

}  // namespace mooring::docker
