// SPDX-License-Identifier: Apache-2.0
#include "controller/http/resource_document.h"

namespace mooring::http {
namespace {

using nlohmann::ordered_json;

ordered_json Metadata(const ResourceKey& key, const Resource* desired) {
  ordered_json metadata = {{"name", key.name}};
  if (!key.ns.empty()) metadata["namespace"] = key.ns;
  if (desired != nullptr && !desired->labels.empty()) metadata["labels"] = desired->labels;
  if (desired != nullptr && !desired->annotations.empty()) {
    metadata["annotations"] = desired->annotations;
  }
  return metadata;
}

/// What is known of a resource that has not been looked at yet.
ResourceStatus NotYetSeen(const Resource& desired) {
  ResourceStatus status;
  status.key = desired.key;
  status.source_file = desired.source.file;
  status.source_line = desired.source.line;
  return status;
}

/// The status in the order of docs/reference/status.md, without what only the store needs.
ordered_json StatusDocument(const ResourceStatus& status,
                            const std::vector<std::string>& in_use_by) {
  const Json stored = status;
  ordered_json out;
  for (const char* field : {"source", "observedSpecDigest", "lastAttemptedRevision",
                            "lastAppliedRevision", "conditions"}) {
    out[field] = stored[field];
  }
  for (const auto& [name, value] : status.details.items()) out[name] = value;
  for (const char* field : {"inventory", "drift", "history"}) out[field] = stored[field];
  out["inUseBy"] = in_use_by;
  for (const char* field : {"nextRun", "heldBy", "confirm"}) out[field] = stored[field];
  return out;
}

}  // namespace

ordered_json ResourceDocument(const Resource* desired, const ResourceStatus* status,
                              const std::vector<std::string>& in_use_by,
                              const std::string& revision, bool with_source_name, Time now) {
  const ResourceKey& key = desired != nullptr ? desired->key : status->key;
  ordered_json document;
  document["apiVersion"] = kApiVersion;
  document["kind"] = key.kind;
  document["metadata"] = Metadata(key, desired);
  document["spec"] = desired != nullptr ? ordered_json(desired->spec) : ordered_json(nullptr);
  ResourceStatus shown = status != nullptr ? *status : NotYetSeen(*desired);
  if (desired != nullptr && desired->spec_digest == shown.last_applied_digest) {
    shown.source_revision = shown.last_attempted_revision = shown.last_applied_revision = revision;
  }
  if (!with_source_name) shown.source_name.clear();
  if (shown.next_run && *shown.next_run < now) shown.next_run.reset();
  document["status"] = StatusDocument(shown, in_use_by);
  return document;
}

}  // namespace mooring::http
