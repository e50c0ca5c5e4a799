// SPDX-License-Identifier: Apache-2.0
// One container as the spec wants it: the engine's create body, the canonical form that its digest
// is made of, and the comparison with what an inspection shows. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/base/host_key.h"
#include "controller/reconcile/change.h"
#include "reconcilers/docker/plan/app_spec.h"
#include "reconcilers/docker/plan/observation.h"

namespace mooring::docker {

/// All that a change of which needs a new container, in Compose's words and in one order.
Json CanonicalService(const AppSpec& app, const ServiceSpec& service);

/// The keyed digest of CanonicalService, as it stands in the label.
std::string ServiceDigest(const HostKey& key, const AppSpec& app, const ServiceSpec& service);

/// POST /containers/create without address, without labels of ours, and without the values of
/// secret variables: these are laid over it when it is sent.
Json CreateBody(const AppSpec& app, const ServiceSpec& service);

/// What differs and needs a new container. `image` fills in what the spec leaves to the image; null
/// when it is not on the host, then only what the spec says is compared.
std::vector<FieldDiff> CompareContainer(const AppSpec& app, const ServiceSpec& service,
                                        const ObservedContainer& actual, const ImageInfo* image);

/// What differs and can be changed in place: limits that are raised or lowered, the restart policy.
std::vector<FieldDiff> CompareInPlace(const ServiceSpec& service, const ContainerDetails& actual);

/// True for a limit that the spec has no more. The engine takes a limit of zero for "not given", so
/// lifting one needs a new container after all.
bool LiftsLimit(const FieldDiff& in_place);

/// Memory and swap together, as the engine has it where a limit of memory is given.
long long SwapOf(const ServiceSpec& service);

/// POST /containers/{id}/update that settles CompareInPlace.
Json UpdateBody(const ServiceSpec& service);

}  // namespace mooring::docker
