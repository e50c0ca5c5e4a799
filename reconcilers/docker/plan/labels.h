// SPDX-License-Identifier: Apache-2.0
// The labels that say what is ours. They are API: whoever reads them may rely on the names.
#pragma once

namespace mooring::docker::label {

inline constexpr char kInstance[] =
    "mooring.dev/instance";  ///< host.name of the daemon that owns it
inline constexpr char kKind[] = "mooring.dev/kind";
inline constexpr char kNamespace[] = "mooring.dev/namespace";
inline constexpr char kName[] = "mooring.dev/name";
inline constexpr char kService[] = "mooring.dev/service";
inline constexpr char kReplica[] = "mooring.dev/replica";
inline constexpr char kSpecDigest[] = "mooring.dev/spec-digest";  ///< keyed: "<key id>:<hex>"
inline constexpr char kRevision[] = "mooring.dev/revision";       ///< at creation; informational
/// Variables that got the value of a Secret: "SESSION_KEY,TOKEN". Their values are never shown.
inline constexpr char kSecrets[] = "mooring.dev/secrets";
inline constexpr char kVolume[] = "mooring.dev/volume";  ///< the volume's key in spec.volumes
/// Of a volume that was made to be filled: the digest of what from.
inline constexpr char kSeed[] = "mooring.dev/seed";
/// Of what exists while a volume is being filled, its mark and a container: the volume's name.
inline constexpr char kSeedOf[] = "mooring.dev/seed-of";
/// Of the container of a job's run: the end of its name, such as "job-20260301-0115".
inline constexpr char kJob[] = "mooring.dev/job";
inline constexpr char kJobTrigger[] = "mooring.dev/job-trigger";  ///< preDeploy, schedule, once
/// What it was run for: the digest of what it guards, the instant of its schedule, or the token.
inline constexpr char kJobRun[] = "mooring.dev/job-run";
inline constexpr char kJobTimeout[] = "mooring.dev/job-timeout";  ///< "600000ms"
/// What had been run for before and need not be again: the first 16 digits of the SHA-256 of each.
inline constexpr char kJobRan[] = "mooring.dev/job-ran";
inline constexpr char kJobRequest[] = "mooring.dev/job-request";  ///< a person's wish to try again
/// The values of spec.restartedAt that it need not go for: the first 16 digits of the SHA-256 of
/// each.
inline constexpr char kRestarted[] = "mooring.dev/restarted";
inline constexpr char kPrune[] = "mooring.dev/prune";          ///< of a volume: it stays
inline constexpr char kReconcile[] = "mooring.dev/reconcile";  ///< "disabled": left alone

}  // namespace mooring::docker::label
