// SPDX-License-Identifier: Apache-2.0
// What the daemon tells Prometheus: one method for each thing that happens. Thread-safe; main owns
// it and it outlives everything that reports to it. No method fails: a metric never stops work.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/clock.h"
#include "controller/metrics/resource_gauges.h"

namespace mooring::metrics {

struct QueueState {
  size_t depth = 0;
  Duration oldest_age{0};
  uint64_t retries = 0;
};

class Metrics {
 public:
  /// The label values known before anything has happened: their series start at zero.
  struct Known {
    std::string version;
    std::string revision;                    ///< commit that the binary was built from
    std::vector<std::string> kinds;          ///< "App", "Site", ...
    std::vector<std::string> error_reasons;  ///< reason words: "ObservationFailed", "ApplyFailed"
    std::vector<std::string> sources;
  };
  explicit Metrics(const Known& known);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// One run over one resource ended. `outcome` is Done, Waiting, Retry or Stalled.
  void Reconciled(std::string_view kind, std::string_view outcome, Duration elapsed);
  /// The run ended with an error that the status shows as `reason`.
  void ReconcileFailed(std::string_view kind, std::string_view reason);
  void DriftFound(std::string_view kind, size_t fields);
  void DriftCorrected(std::string_view kind, size_t fields);

  void SetResource(std::string_view kind, std::string_view ns, std::string_view name,
                   ResourceState state);
  void RemoveResource(std::string_view kind, std::string_view ns, std::string_view name);
  /// Of what was set and not removed.
  ResourceTotals CountResources() const;

  /// A run of a job of the App ended. `outcome` is Done, Failed or TimedOut.
  void JobFinished(std::string_view ns, std::string_view name, std::string_view job,
                   std::string_view outcome);
  /// When its last run that was Done ended; until the App is removed.
  void SetJobSuccess(std::string_view ns, std::string_view name, std::string_view job, Time when);

  /// How many containers autoscale wants of a service; until the App is removed.
  void SetReplicas(std::string_view ns, std::string_view name, std::string_view service,
                   int replicas);

  void SourceFetched(std::string_view source, Time when);
  void SourceFetchFailed(std::string_view source);
  /// Replaces the revision shown before.
  void SetSourceRevision(std::string_view source, std::string_view revision);
  /// Of a source whose commits must be signed.
  void SetSourceVerified(std::string_view source, bool verified);

  /// From now on its series are there, at zero if they are new.
  void AddWebhook(std::string_view webhook);
  /// A delivery to it ended. `result` is accepted, ignored, repeated, refused, limited, invalid or
  /// unavailable.
  void WebhookDelivered(std::string_view webhook, std::string_view result);

  /// How many resources of the source wait for a person to confirm that they go.
  void SetHeldDeletes(std::string_view source, size_t resources);

  /// A request to `engine` ("docker", "caddy") ended. `code` is the HTTP status, or the error's
  /// code name when there was no answer ("unavailable").
  void EngineRequest(std::string_view engine, std::string_view method, std::string_view code,
                     Duration elapsed);

  /// A request to `engine` was held back so long.
  void EngineThrottled(std::string_view engine, Duration waited);

  /// Where Render reads the state of the queue; called under no lock, from any thread.
  void ReadQueueFrom(std::function<QueueState()> read);

  /// Everything, in Prometheus' text exposition format 0.0.4.
  std::string Render() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mooring::metrics
