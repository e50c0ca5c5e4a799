// SPDX-License-Identifier: Apache-2.0
// What a container wrote last, fit to be shown. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/base/secret_string.h"
#include "reconcilers/docker/plan/app_spec.h"

namespace mooring::docker {

/// The values of all Secrets that the App is given.
std::vector<SecretString> SecretsOf(const AppSpec& app);

/// "; it said last: a | b" without secrets, and without what is no text; empty when nothing is
/// left.
std::string LastWords(const std::vector<std::string>& lines,
                      const std::vector<SecretString>& secrets);

}  // namespace mooring::docker
