// SPDX-License-Identifier: Apache-2.0
// The halves of get and events that go on listening, for -w.
#pragma once

#include <string>

#include "controller/cli/commands.h"

namespace mooring::cli {

/// Where the daemon streams what is selected.
std::string ResourceStreamPath(const Selection& selection);

int WatchResources(Session& session, const GetOptions& options, const Selection& selection,
                   const LabelSelector& labels);
/// `first` is the list so far; `resource` the key of the only one that is meant, or empty.
int WatchEvents(Session& session, const EventsOptions& options, const Json& first,
                const std::string& resource);

}  // namespace mooring::cli
