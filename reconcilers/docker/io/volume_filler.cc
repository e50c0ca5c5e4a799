// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/volume_filler.h"

#include "controller/resource/reasons.h"
#include "reconcilers/docker/io/seed_parts.h"

namespace mooring::docker {
namespace {

/// One of that name may have been there: then the engine gives that one, with its own labels.
Status Make(DockerWriter& writer, const Json& body, std::stop_token stop) {
  MOORING_TRY(const VolumeInfo made, writer.CreateVolume(body, stop));
  if (Json(made.labels) == body.value("Labels", Json::object())) return {};
  return Fail(ErrorCode::kAborted,
              fmt::format("volume {} came to be since this was planned", made.name));
}

Status Unpack(DockerWriter& writer, const FillVolume& step, Time now, std::stop_token stop) {
  // A seed that is not the right one is found before anything is written.
  const std::string folder = std::string(kSeedFolder).substr(1);
  MOORING_TRY(const auto parts, OpenSeed(step.seed, folder, now));
  MOORING_TRY(const std::string id, writer.CreateContainer(step.name, step.container, stop));
  MOORING_RETURN_IF_ERROR(writer.PutArchive(id, "/", [&] { return parts->Next(); }, stop));
  return writer.DiscardContainer(id, stop);
}

Status RemoveHalf(DockerWriter& writer, const FillVolume& step, std::stop_token stop) {
  const std::string name = step.volume.value("Name", "");
  Status removed = writer.RemoveVolume(name, stop);
  if (removed || removed.error().reason() != reason::kInUse) return removed;
  return std::unexpected(
      Error(ErrorCode::kFailedPrecondition,
            fmt::format("volume {} was not filled to its end, and something uses it ({}); remove "
                        "that, or take the volume as it is with: docker volume rm {}",
                        name, removed.error().message(), step.mark.value("Name", "")))
          .WithReason(reason::kInUse));
}

}  // namespace

Status DoFillVolume(DockerWriter& writer, const FillVolume& step, Time now, std::stop_token stop) {
  const std::string mark = step.mark.value("Name", "");
  MOORING_RETURN_IF_ERROR(Make(writer, step.mark, stop));
  for (const std::string& id : step.left)
    MOORING_RETURN_IF_ERROR(writer.DiscardContainer(id, stop));
  if (step.again) MOORING_RETURN_IF_ERROR(RemoveHalf(writer, step, stop));
  if (const Status made = Make(writer, step.volume, stop); !made) {
    if (made.error().code() == ErrorCode::kAborted)
      MOORING_RETURN_IF_ERROR(writer.RemoveVolume(mark, stop));
    return made;
  }
  if (step.seed) MOORING_RETURN_IF_ERROR(Unpack(writer, step, now, stop));
  return writer.RemoveVolume(mark, stop);
}

}  // namespace mooring::docker
