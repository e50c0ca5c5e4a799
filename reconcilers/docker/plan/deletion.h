// SPDX-License-Identifier: Apache-2.0
// spec.deletionPolicy and spec.confirm. The document is gone when they count, so the status keeps
// what they were; when nobody remembers, data stays. Used by AppPlanner only.
#pragma once

#include <set>
#include <string>

namespace mooring::docker {

struct AppContext;

/// Puts into the status what is to happen once the document is removed. Where that loses data and
/// is not confirmed, the plan asks for the token. REQUIRES: the document is there.
void RememberDeletion(AppContext& context);

/// Whether everything is to be left as it is; the plan then says so. REQUIRES: the document is
/// gone.
bool IsOrphaned(AppContext& context);
/// Removes the volumes that were confirmed, and says which data goes and which stays; nothing where
/// nothing else goes. REQUIRES: the document is gone, and what else goes is planned.
void PlanVolumeRemoval(AppContext& context);

}  // namespace mooring::docker
