// SPDX-License-Identifier: Apache-2.0
// Condition types and reason words. They are API: alerts and scripts match them, so a word keeps
// its meaning for ever.
#pragma once

namespace mooring {

namespace condition {
/// True: the host is as the spec says and healthy. Always present. Good when True.
inline constexpr char kReady[] = "Ready";
/// True: everything the resource runs answers its health checks. Always present. Good when True.
inline constexpr char kHealthy[] = "Healthy";
/// True: work goes on or is waited for. Present only while True.
inline constexpr char kReconciling[] = "Reconciling";
/// True: it will not get better until a person changes something. Present only while True.
inline constexpr char kStalled[] = "Stalled";
/// True: the host differs from what was last applied. Present only while True.
inline constexpr char kDrifted[] = "Drifted";
/// Host: the source could be read and its last revision is valid. Good when True.
inline constexpr char kSourceReady[] = "SourceReady";
/// Host: the last revision carries the signatures that the configuration asks for. Present only
/// where a source is configured with `verify`. Good when True.
inline constexpr char kSourceVerified[] = "SourceVerified";
/// Host: the Docker engine answers. Good when True.
inline constexpr char kEngineReady[] = "EngineReady";
/// Host: Caddy's admin API answers. Good when True.
inline constexpr char kGatewayReady[] = "GatewayReady";
}  // namespace condition

namespace reason {
// All kinds.
inline constexpr char kSucceeded[] = "Succeeded";
inline constexpr char kProgressing[] = "Progressing";
inline constexpr char kDependencyNotReady[] = "DependencyNotReady";
inline constexpr char kSuspended[] = "Suspended";
inline constexpr char kInvalidSpec[] = "InvalidSpec";
inline constexpr char kPolicyViolation[] = "PolicyViolation";
inline constexpr char kConfirmationRequired[] = "ConfirmationRequired";
inline constexpr char kOutsideSyncWindow[] = "OutsideSyncWindow";
inline constexpr char kHeldByRollback[] = "HeldByRollback";
inline constexpr char kInUse[] = "InUse";
inline constexpr char kNameConflict[] = "NameConflict";
inline constexpr char kReconcilerDisabled[] = "ReconcilerDisabled";
inline constexpr char kObservationFailed[] = "ObservationFailed";
inline constexpr char kApplyFailed[] = "ApplyFailed";
inline constexpr char kDriftFound[] = "DriftFound";
inline constexpr char kDriftIgnored[] = "DriftIgnored";
inline constexpr char kMassDelete[] = "MassDelete";
// App.
inline constexpr char kRollingOut[] = "RollingOut";
inline constexpr char kRolledBack[] = "RolledBack";
inline constexpr char kHealthTimeout[] = "HealthTimeout";
inline constexpr char kCrashLoop[] = "CrashLoop";
inline constexpr char kOutOfMemory[] = "OutOfMemory";
inline constexpr char kImagePullFailed[] = "ImagePullFailed";
inline constexpr char kPortConflict[] = "PortConflict";
inline constexpr char kJobFailed[] = "JobFailed";
// Site.
inline constexpr char kHostConflict[] = "HostConflict";
inline constexpr char kBackendNotReady[] = "BackendNotReady";
inline constexpr char kCaddyRejected[] = "CaddyRejected";
inline constexpr char kCaddyUnreachable[] = "CaddyUnreachable";
// Notifier.
inline constexpr char kDeliveryFailed[] = "DeliveryFailed";
// Secret.
inline constexpr char kDecryptFailed[] = "DecryptFailed";
inline constexpr char kKeyMissing[] = "KeyMissing";
inline constexpr char kProviderFailed[] = "ProviderFailed";
// Host.
inline constexpr char kSourceUnreachable[] = "SourceUnreachable";
inline constexpr char kSourceEmpty[] = "SourceEmpty";
inline constexpr char kHistoryRewritten[] = "HistoryRewritten";
inline constexpr char kSignatureInvalid[] = "SignatureInvalid";
inline constexpr char kEngineUnreachable[] = "EngineUnreachable";
inline constexpr char kGatewayUnreachable[] = "GatewayUnreachable";
// Events.
inline constexpr char kCreated[] = "Created";
inline constexpr char kUpdated[] = "Updated";
inline constexpr char kReplaced[] = "Replaced";
inline constexpr char kRestarted[] = "Restarted";
inline constexpr char kDeleted[] = "Deleted";
inline constexpr char kScaled[] = "Scaled";
inline constexpr char kJobFinished[] = "JobFinished";
inline constexpr char kDriftCorrected[] = "DriftCorrected";
inline constexpr char kAdopted[] = "Adopted";
inline constexpr char kOrphaned[] = "Orphaned";
inline constexpr char kSuspendedByHand[] = "SuspendedByHand";
inline constexpr char kResumed[] = "Resumed";
inline constexpr char kMirrorReplaced[] = "MirrorReplaced";
inline constexpr char kConfigurationChanged[] = "ConfigurationChanged";
inline constexpr char kConfigurationInvalid[] = "ConfigurationInvalid";
inline constexpr char kReconcileRequested[] = "ReconcileRequested";
inline constexpr char kHoldsDamaged[] = "HoldsDamaged";
inline constexpr char kWebhookRefused[] = "WebhookRefused";
}  // namespace reason

}  // namespace mooring
