// SPDX-License-Identifier: Apache-2.0
// The canonical words for parts of a container, the same whether they come from a spec or from an
// inspection. Pure; of container_spec.cc and container_compare.cc.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/docker/plan/app_spec.h"

namespace mooring::docker {

/// "/x/../y/" as "/y", as the engine has it in some places and not in others.
std::string CleanPath(const std::string& path);
/// Whether the engine gave a volume that nobody named this name: 64 hexadecimal digits.
bool IsGeneratedName(std::string_view volume);

/// Sorted, "CAP_NET_ADMIN" and "net_admin" as one.
Json CapabilityNames(std::vector<std::string> list);

/// "bind /etc:/host/etc:ro"; `source` is the volume's name on the engine or the host's path.
std::string MountText(const std::string& source, const Mount& mount);
/// As above, from an entry of HostConfig.Mounts.
std::string MountText(const Json& mount);
/// As above, from an entry of HostConfig.Binds, as Compose and `docker run -v` make them.
std::string BindText(const std::string& bind);

/// "127.0.0.1:8080:80/tcp".
std::string PortText(const std::string& host_ip, const std::string& published,
                     const std::string& target);

Json Sorted(std::vector<std::string> list);

/// "on-failure:3" of a RestartPolicy; "no" when there is none.
std::string RestartText(const Json& policy);
/// The inverse.
Json RestartBody(const std::string& restart);

}  // namespace mooring::docker
