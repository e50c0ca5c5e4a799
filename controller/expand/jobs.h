// SPDX-License-Identifier: Apache-2.0
// What an App's jobs must agree on with its services: each names one that is there, has one
// trigger, and no other job has both. Looked at when the services are known, wherever they came
// from. Pure.
#pragma once

#include <string>

#include "controller/resource/diagnostic.h"
#include "controller/resource/resource.h"

namespace mooring::expand {

/// Adds a finding for each job that cannot be run as it is written.
void CheckJobs(const Resource& app, Diagnostics& diagnostics);

/// Whether the App runs the service as a job only.
bool IsJob(const Resource& app, const std::string& service);

/// Whether the App is to be stopped.
bool IsStopped(const Resource& app);

}  // namespace mooring::expand
