// SPDX-License-Identifier: Apache-2.0
#include "controller/metrics/declarations.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace mooring::metrics {
namespace {

constexpr Declaration kDeclarations[] = {
    {kBuildInfo, Type::kGauge, "version,revision",
     "Always 1; which version of Mooring runs, built from which commit."},
    {kReconcile, Type::kCounter, "kind,outcome",
     "Runs of the loop over one resource, by what they ended with: Done, Waiting, Retry, Stalled."},
    {kReconcileErrors, Type::kCounter, "kind,reason",
     "Runs that ended with an error, by the reason word that the status shows."},
    {kReconcileDuration, Type::kHistogram, "kind",
     "How long one run over one resource took, from observing to the last change."},
    {kQueueDepth, Type::kGauge, "", "Resources that are due and wait for a worker."},
    {kQueueOldestAge, Type::kGauge, "", "How long the resource that waits longest has been due."},
    {kQueueRetries, Type::kCounter, "", "Runs that were put back into the queue after an error."},
    {kResourceReady, Type::kGauge, "kind,namespace,name",
     "1 if the resource is Ready, else 0; gone when the resource is."},
    {kResourceDrifted, Type::kGauge, "kind,namespace,name",
     "1 while the host differs from what was last applied, else 0."},
    {kResourceSuspended, Type::kGauge, "kind,namespace,name",
     "1 while the resource is suspended, in Git or by hand, else 0."},
    {kDriftFound, Type::kCounter, "kind", "Fields found to differ from what was last applied."},
    {kDriftCorrected, Type::kCounter, "kind", "Fields put back to what Git says."},
    {kJobRuns, Type::kCounter, "namespace,name,job,outcome",
     "Runs of an App's job that ended, by outcome: Done, Failed, TimedOut."},
    {kJobLastSuccess, Type::kGauge, "namespace,name,job",
     "When the last run of an App's job ended that was Done; gone when the App is."},
    {kAppReplicas, Type::kGauge, "namespace,name,service",
     "Containers that autoscale wants of a service now; gone when the App is."},
    {kSourceRevision, Type::kGauge, "source,revision",
     "Always 1; the revision of the source that is applied now."},
    {kSourceLastFetch, Type::kGauge, "source",
     "When the source was last fetched without an error; 0 before the first time."},
    {kSourceFetchErrors, Type::kCounter, "source", "Fetches of the source that failed."},
    {kSourceVerified, Type::kGauge, "source",
     "1 if the newest revision of the source is signed as mooring.yaml asks, else 0; only of "
     "sources "
     "with verify."},
    {kWebhookDeliveries, Type::kCounter, "webhook,result",
     "Deliveries to a webhook, by what came of them: accepted, ignored, repeated, refused, "
     "limited, "
     "invalid, unavailable."},
    {kHeldDeletes, Type::kGauge, "source",
     "Resources of the source that are to go and wait for a person to confirm it."},
    {kEngineDuration, Type::kHistogram, "engine,method",
     "How long requests to the engine (docker, caddy) took."},
    {kEngineRequests, Type::kCounter, "engine,method,code",
     "Requests to the engine, by the HTTP status; without an answer, by the error's code."},
    {kEngineThrottled, Type::kCounter, "engine",
     "How long requests were held back because of docker.maxRequestsPerSecond."},
    {kProcessCpu, Type::kCounter, "", "Total user and system CPU time spent in seconds."},
    {kProcessResident, Type::kGauge, "", "Resident memory size in bytes."},
    {kProcessVirtual, Type::kGauge, "", "Virtual memory size in bytes."},
    {kProcessOpenFds, Type::kGauge, "", "Number of open file descriptors."},
    {kProcessMaxFds, Type::kGauge, "", "Maximum number of open file descriptors."},
    {kProcessStart, Type::kGauge, "", "Start time of the process since unix epoch in seconds."},
};

}  // namespace

std::span<const Declaration> Declarations() { return kDeclarations; }

const Declaration& DeclarationOf(std::string_view name) {
  const auto* found = std::find_if(std::begin(kDeclarations), std::end(kDeclarations),
                                   [&](const Declaration& d) { return d.name == name; });
  assert(found != std::end(kDeclarations));
  return *found;
}

std::string_view TypeName(Type type) {
  static constexpr std::string_view kNames[] = {"counter", "gauge", "histogram"};
  return kNames[static_cast<int>(type)];
}

}  // namespace mooring::metrics
