// SPDX-License-Identifier: Apache-2.0
// Every metric of the daemon, in one list: name, type, labels, meaning. Constants.
#pragma once

#include <span>
#include <string_view>

namespace mooring::metrics {

enum class Type { kCounter, kGauge, kHistogram };

struct Declaration {
  std::string_view name;
  Type type;
  std::string_view labels;  ///< comma-separated: "kind,outcome"
  std::string_view help;
};

inline constexpr std::string_view kBuildInfo = "mooring_build_info";
inline constexpr std::string_view kReconcile = "mooring_reconcile_total";
inline constexpr std::string_view kReconcileErrors = "mooring_reconcile_errors_total";
inline constexpr std::string_view kReconcileDuration = "mooring_reconcile_duration_seconds";
inline constexpr std::string_view kQueueDepth = "mooring_queue_depth";
inline constexpr std::string_view kQueueOldestAge = "mooring_queue_oldest_age_seconds";
inline constexpr std::string_view kQueueRetries = "mooring_queue_retries_total";
inline constexpr std::string_view kResourceReady = "mooring_resource_ready";
inline constexpr std::string_view kResourceDrifted = "mooring_resource_drifted";
inline constexpr std::string_view kResourceSuspended = "mooring_resource_suspended";
inline constexpr std::string_view kDriftFound = "mooring_drift_found_total";
inline constexpr std::string_view kDriftCorrected = "mooring_drift_corrected_total";
inline constexpr std::string_view kJobRuns = "mooring_job_runs_total";
inline constexpr std::string_view kJobLastSuccess = "mooring_job_last_success_timestamp_seconds";
inline constexpr std::string_view kAppReplicas = "mooring_app_replicas";
inline constexpr std::string_view kSourceRevision = "mooring_source_revision_info";
inline constexpr std::string_view kSourceLastFetch = "mooring_source_last_fetch_timestamp_seconds";
inline constexpr std::string_view kSourceFetchErrors = "mooring_source_fetch_errors_total";
inline constexpr std::string_view kSourceVerified = "mooring_source_verified";
inline constexpr std::string_view kWebhookDeliveries = "mooring_webhook_deliveries_total";
inline constexpr std::string_view kHeldDeletes = "mooring_held_deletes";
inline constexpr std::string_view kEngineDuration = "mooring_engine_request_duration_seconds";
inline constexpr std::string_view kEngineRequests = "mooring_engine_requests_total";
inline constexpr std::string_view kEngineThrottled = "mooring_engine_throttled_seconds_total";
inline constexpr std::string_view kProcessCpu = "process_cpu_seconds_total";
inline constexpr std::string_view kProcessResident = "process_resident_memory_bytes";
inline constexpr std::string_view kProcessVirtual = "process_virtual_memory_bytes";
inline constexpr std::string_view kProcessOpenFds = "process_open_fds";
inline constexpr std::string_view kProcessMaxFds = "process_max_fds";
inline constexpr std::string_view kProcessStart = "process_start_time_seconds";

/// All of them, in the order of the documentation.
std::span<const Declaration> Declarations();
/// REQUIRES: `name` is declared.
const Declaration& DeclarationOf(std::string_view name);
/// "counter", "gauge", "histogram".
std::string_view TypeName(Type type);

}  // namespace mooring::metrics
