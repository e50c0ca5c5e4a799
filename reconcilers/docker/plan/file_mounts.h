// SPDX-License-Identifier: Apache-2.0
// From a spec to the files that its services mount, and the comparison with what containers have.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/reconcile/change.h"
#include "reconcilers/docker/plan/app_spec.h"

namespace mooring::docker {

/// Fills in `files` of the services, and takes the binds of repository files out of their mounts.
/// Without paths on the host: PlaceFiles gives these.
void ParseFileMounts(const Resource& resource, AppSpec& app);

/// Gives each object its path below `app.file_folder`.
void PlaceFiles(AppSpec& app);

/// What of the service's files a new container is needed for: by target.
Json CanonicalFiles(const ServiceSpec& service);

/// Adds them to HostConfig.Mounts.
void AddFileMounts(const ServiceSpec& service, Json& mounts);

/// Whether a mount of a container is one of the App's files.
bool IsRepositoryFile(const AppSpec& app, const Json& mount);

/// What differs between the files that a container has mounted and those that it shall have.
/// `base`: "services.web.".
void CompareFileMounts(const std::string& base, const AppSpec& app, const ServiceSpec& service,
                       const Json& host_config, std::vector<FieldDiff>& out);

/// "sha256:9f2b6c1d" of a digest, for people.
std::string ShortDigest(const std::string& digest);

}  // namespace mooring::docker
