// SPDX-License-Identifier: Apache-2.0
// How a running Compose project becomes an App's without its containers being touched: they keep
// their labels, which cannot be changed, and what says whose they are now is left at their endpoint
// in the App's network, on the engine itself. Pure.
#pragma once

#include <string>

#include "controller/resource/key.h"
#include "reconcilers/docker/plan/observation.h"

namespace mooring::docker {

/// The label that Compose gives to all that it makes.
inline constexpr char kProjectLabel[] = "com.docker.compose.project";
/// The driver option of an endpoint that holds the mark.
inline constexpr char kAdoptedBy[] = "mooring.dev/adopted-by";

/// The Compose project that a container runs for; "" for one that is of none, that is ours or
/// another Mooring's, or that `compose run` made.
std::string ProjectOf(const ContainerSummary& container);
/// The same of a network.
std::string ProjectOf(const NetworkInfo& network);

/// "harbour-1/default/wiki": which App of which instance has adopted a container.
std::string AdoptionMark(const std::string& instance, const ResourceKey& key);

/// The container as if it had the labels of the App: its service and number are Compose's. It has
/// no digest, so that its fields alone say whether it is as the spec wants it.
SummaryPtr AsOurs(const ContainerSummary& container, const std::string& instance,
                  const ResourceKey& key);

/// Whether it is Compose's, and was made an App's by AsOurs.
bool IsAdopted(const ContainerSummary& container);

}  // namespace mooring::docker
