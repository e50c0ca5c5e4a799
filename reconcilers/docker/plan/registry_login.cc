// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/registry_login.h"

namespace mooring::docker {

std::string RegistryOf(std::string_view image) {
  const size_t slash = image.find('/');
  const std::string_view first = image.substr(0, slash);
  const bool names_one = slash != std::string_view::npos &&
                         (first == "localhost" || first.find_first_of(".:") != first.npos);
  return names_one ? std::string(first) : "docker.io";
}

}  // namespace mooring::docker
