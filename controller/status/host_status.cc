// SPDX-License-Identifier: Apache-2.0
#include "controller/status/host_status.h"

#include <algorithm>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"
#include "controller/status/conditions.h"

namespace mooring {
namespace {

constexpr size_t kFindingsInMessage = 3;
constexpr char kNotYet[] = "not looked at yet";

nlohmann::json ToJson(const Diagnostics& diagnostics) {
  nlohmann::json list = nlohmann::json::array();
  for (const Diagnostic& d : diagnostics) {
    list.push_back({{"file", d.where.file},
                    {"line", d.where.line},
                    {"column", d.where.column},
                    {"what", d.what},
                    {"hint", d.hint}});
  }
  return list;
}

std::string KeepsRunning(const std::string& good_revision) {
  return good_revision.empty() ? ". No good revision was seen yet"
                               : ". " + good_revision + " keeps running";
}

std::string Summary(const Diagnostics& diagnostics, const std::string& good_revision) {
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(diagnostics.size(), kFindingsInMessage); ++i) {
    shown.push_back(diagnostics[i].ToString());
  }
  std::string text = Count(diagnostics.size(), "finding") + ": " + Join(shown, " | ");
  if (diagnostics.size() > shown.size()) {
    text += " | and " + std::to_string(diagnostics.size() - shown.size()) + " more";
  }
  return text + KeepsRunning(good_revision);
}

}  // namespace

HostStatus::HostStatus(std::string host, Parts parts, Store& store, const Clock& clock, Log log)
    : parts_(parts), store_(store), clock_(clock), log_(std::move(log)) {
  const ResourceKey key{"Host", "", std::move(host)};
  state_.With([&](State& state) {
    if (const auto stored = store_.GetStatus(key); stored && *stored) state.status = **stored;
    RecallSources(state);
    state.source = LastKnown(state.status, condition::kSourceReady);
    state.verified = LastKnown(state.status, condition::kSourceVerified);
    state.engine = LastKnown(state.status, condition::kEngineReady);
    state.gateway = LastKnown(state.status, condition::kGatewayReady);
    state.prune = PruneStateOf(state.status);
    ResourceStatus next = state.status;
    next.key = key;
    Update(state, std::move(next));
  });
}

void HostStatus::SourceLoaded(const std::string& source, const std::string& revision) {
  state_.With([&](State& state) {
    SourceState& own = state.sources[source];
    own.fact = {ConditionStatus::kTrue, reason::kSucceeded, "read " + revision};
    own.good = own.attempted = revision;
    own.hold.reset();
    own.diagnostics.clear();
    UpdateSources(state);
  });
}

void HostStatus::SourceVerified(const std::string& source, const std::string& revision,
                                const std::string& signer) {
  state_.With([&](State& state) {
    SourceState& own = state.sources[source];
    own.verified = {ConditionStatus::kTrue, reason::kSucceeded, "signed by " + signer};
    own.attempted = revision;
    UpdateSources(state);
  });
}

void HostStatus::SourceRefused(const std::string& source, const std::string& revision,
                               const Error& error) {
  state_.With([&](State& state) {
    SourceState& own = state.sources[source];
    own.verified = {ConditionStatus::kFalse, reason::kSignatureInvalid,
                    error.ToString() + KeepsRunning(own.good)};
    own.fact = own.verified;
    own.attempted = revision;
    own.diagnostics.clear();
    UpdateSources(state);
  });
}

void HostStatus::SourceInvalid(const std::string& source, const std::string& revision,
                               const Diagnostics& diagnostics) {
  state_.With([&](State& state) {
    SourceState& own = state.sources[source];
    own.fact = {ConditionStatus::kFalse, reason::kInvalidSpec, Summary(diagnostics, own.good)};
    own.attempted = revision;
    own.diagnostics = diagnostics;
    UpdateSources(state);
  });
}

void HostStatus::SourceFailed(const std::string& source, const Error& error) {
  state_.With([&](State& state) {
    state.sources[source].fact = FactOf(std::unexpected(error), reason::kSourceUnreachable, "");
    UpdateSources(state);
  });
}

void HostStatus::Described(const Resource* document) {
  state_.With([&](State& state) {
    ResourceStatus next = state.status;
    next.source_file = document == nullptr ? "" : document->source.file;
    next.source_line = document == nullptr ? 0 : document->source.line;
    next.observed_spec_digest = document == nullptr ? "" : document->spec_digest;
    Update(state, std::move(next));
  });
}

void HostStatus::SourceHeld(const std::string& source, const Hold& hold, const std::string& text) {
  state_.With([&](State& state) {
    SourceState& own = state.sources[source];
    own.hold = hold;
    // What is wrong with it is said before that it is held.
    if (own.fact.status == ConditionStatus::kTrue)
      own.fact = {ConditionStatus::kTrue, reason::kHeldByRollback, text};
    UpdateSources(state);
  });
}

std::string HostStatus::LastGood(const std::string& source) const {
  return state_.With([&](const State& state) {
    const auto found = state.sources.find(source);
    return found == state.sources.end() ? "" : found->second.good;
  });
}

void HostStatus::PruneJudged(const PruneState& prune) {
  state_.With([&](State& state) {
    state.prune = prune;
    ResourceStatus next = state.status;
    next.details["prune"] = prune;
    next.confirm = prune.held.empty() ? "" : prune.held.front().confirm;
    Update(state, std::move(next));
  });
}

PruneState HostStatus::Prune() const {
  return state_.With([](const State& state) { return state.prune; });
}

std::string HostStatus::Applied(const std::string& source) const {
  return state_.With([&](const State& state) -> std::string {
    const auto record = state.prune.records.find(source);
    if (record != state.prune.records.end() && !record->second.revision.empty())
      return record->second.revision;
    const auto found = state.sources.find(source);
    return found == state.sources.end() ? "" : found->second.good;
  });
}

/// What is known of each source, from the status that was stored.
void HostStatus::RecallSources(State& state) const {
  const bool several = parts_.sources.size() > 1;
  for (const std::string& name : parts_.sources) {
    SourceState& own = state.sources[name];
    own.fact = LastKnown(state.status, condition::kSourceReady);
    own.verified = LastKnown(state.status, condition::kSourceVerified);
    if (several) own.verified = {ConditionStatus::kUnknown, reason::kProgressing, kNotYet};
    if (several) own.fact = {ConditionStatus::kUnknown, reason::kProgressing, kNotYet};
    if (!several) own.good = state.status.last_applied_revision;
    if (!several) own.attempted = state.status.last_attempted_revision;
  }
  const auto list = state.status.details.find("sources");
  if (list == state.status.details.end() || !list->is_array()) return;
  for (const nlohmann::json& item : *list) {
    const auto found = state.sources.find(item.value("name", ""));
    if (found != state.sources.end()) found->second.good = item.value("revision", "");
  }
}

/// The worst of them: False, then Unknown; its message names each that is not well.
HostStatus::Fact HostStatus::Together(const std::vector<std::pair<std::string, const Fact*>>& facts,
                                      const std::string& all_good) {
  if (facts.size() == 1) return *facts.front().second;
  Fact worst{ConditionStatus::kTrue, reason::kSucceeded, all_good};
  std::vector<std::string> bad;
  for (const auto& [name, fact] : facts) {
    if (fact->status == ConditionStatus::kTrue) continue;
    const bool worse =
        worst.status == ConditionStatus::kTrue ||
        (fact->status == ConditionStatus::kFalse && worst.status == ConditionStatus::kUnknown);
    if (worse) worst = *fact;
    bad.push_back(name + ": " + fact->message);
  }
  if (!bad.empty()) worst.message = Join(bad, "; ");
  return worst;
}

/// One condition and one list of findings for all sources; with several, each of them beside that.
void HostStatus::UpdateSources(State& state) {
  ResourceStatus next = state.status;
  const SourceState& first = state.sources[parts_.sources.front()];
  next.source_revision = next.last_applied_revision = first.good;
  next.last_attempted_revision = first.attempted;
  nlohmann::json diagnostics = nlohmann::json::array();
  nlohmann::json list = nlohmann::json::array();
  std::vector<std::pair<std::string, const Fact*>> ready;
  std::vector<std::pair<std::string, const Fact*>> verified;
  std::vector<std::string> held;
  next.held_by.reset();
  const bool several = parts_.sources.size() > 1;
  for (const std::string& name : parts_.sources) {
    const SourceState& own = state.sources[name];
    for (nlohmann::json& finding : ToJson(own.diagnostics)) {
      if (several) finding["source"] = name;
      diagnostics.push_back(std::move(finding));
    }
    list.push_back({{"name", name},
                    {"revision", own.good},
                    {"ready", ConditionStatusName(own.fact.status)},
                    {"reason", own.fact.reason},
                    {"message", own.fact.message}});
    ready.emplace_back(name, &own.fact);
    if (own.hold && !next.held_by) next.held_by = own.hold;
    if (own.fact.reason == reason::kHeldByRollback) held.push_back(name + ": " + own.fact.message);
    if (!parts_.verified.contains(name)) continue;
    list.back()["verified"] = ConditionStatusName(own.verified.status);
    list.back()["verifiedMessage"] = own.verified.message;
    verified.emplace_back(name, &own.verified);
  }
  state.source = Together(ready, "all sources are read");
  if (several && !held.empty() && state.source.status == ConditionStatus::kTrue)
    state.source = {ConditionStatus::kTrue, reason::kHeldByRollback, Join(held, "; ")};
  if (!verified.empty()) state.verified = Together(verified, "all sources are signed as asked for");
  next.details.erase("diagnostics");
  if (!diagnostics.empty()) next.details["diagnostics"] = std::move(diagnostics);
  next.details.erase("sources");
  if (several) next.details["sources"] = std::move(list);
  Update(state, std::move(next));
}

void HostStatus::Engine(const Status& answer) {
  state_.With([&](State& state) {
    state.engine = FactOf(answer, reason::kEngineUnreachable, "the engine answers");
    Update(state, state.status);
  });
}

void HostStatus::Gateway(const Status& answer) {
  state_.With([&](State& state) {
    state.gateway = FactOf(answer, reason::kGatewayUnreachable, "Caddy answers");
    Update(state, state.status);
  });
}

ResourceStatus HostStatus::Current() const {
  return state_.With([](const State& state) { return state.status; });
}

HostStatus::Fact HostStatus::LastKnown(const ResourceStatus& status, const char* type) {
  if (const Condition* known = status.Find(type)) {
    return {known->status, known->reason, known->message};
  }
  return {ConditionStatus::kUnknown, reason::kProgressing, kNotYet};
}

/// Deletes that wait for a person.
HostStatus::Fact HostStatus::HeldOf(const PruneState& prune) {
  if (prune.held.empty()) return {ConditionStatus::kTrue, reason::kSucceeded, ""};
  std::vector<std::string> messages;
  for (const HeldPrune& held : prune.held) messages.push_back(held.message);
  return {ConditionStatus::kFalse, prune.held.front().reason, Join(messages, " | ")};
}

HostStatus::Fact HostStatus::FactOf(const Status& answer, const char* down_reason,
                                    const char* up_message) {
  if (answer) return {ConditionStatus::kTrue, reason::kSucceeded, up_message};
  const Error& error = answer.error();
  return {ConditionStatus::kFalse, error.reason().empty() ? down_reason : error.reason(),
          error.ToString()};
}

void HostStatus::AddReady(const State& state, ConditionBuilder& conditions) const {
  std::vector<const Fact*> health;
  if (parts_.engine) health.push_back(&state.engine);
  if (parts_.gateway) health.push_back(&state.gateway);
  std::vector<const Fact*> all = {&state.source};
  all.insert(all.end(), health.begin(), health.end());

  // The first that is False, else the first that is Unknown, else all is well.
  const auto add = [&](const char* type, const std::vector<const Fact*>& facts,
                       const char* good_reason, const char* good) {
    for (const ConditionStatus bad : {ConditionStatus::kFalse, ConditionStatus::kUnknown}) {
      const auto found = std::ranges::find(facts, bad, &Fact::status);
      if (found == facts.end()) continue;
      conditions.Add(type, bad, (*found)->reason, (*found)->message);
      return;
    }
    conditions.Add(type, ConditionStatus::kTrue, good_reason, good);
  };
  const Fact held = HeldOf(state.prune);
  if (!state.prune.held.empty()) all.push_back(&held);
  const bool held_back = state.source.reason == reason::kHeldByRollback;
  add(condition::kReady, all, held_back ? state.source.reason.c_str() : reason::kSucceeded,
      held_back ? state.source.message.c_str() : "the source is read and the host answers");
  add(condition::kHealthy, health, reason::kSucceeded, "everything on the host answers");
  if (state.source.reason == reason::kInvalidSpec ||
      state.source.reason == reason::kSignatureInvalid) {
    conditions.Add(condition::kStalled, ConditionStatus::kTrue, state.source.reason,
                   state.source.message);
  } else if (!state.prune.held.empty()) {
    conditions.Add(condition::kStalled, ConditionStatus::kTrue, held.reason, held.message);
  }
}

void HostStatus::Update(State& state, ResourceStatus next) {
  ConditionBuilder conditions(state.status.conditions, next.last_attempted_revision, clock_.Now());
  AddReady(state, conditions);
  const auto add = [&](const char* type, const Fact& fact) {
    conditions.Add(type, fact.status, fact.reason, fact.message);
  };
  add(condition::kSourceReady, state.source);
  if (!parts_.verified.empty()) add(condition::kSourceVerified, state.verified);
  if (parts_.engine) add(condition::kEngineReady, state.engine);
  if (parts_.gateway) add(condition::kGatewayReady, state.gateway);
  next.conditions = conditions.Take();
  if (next == state.status) return;
  state.status = std::move(next);
  Put(state);
}

void HostStatus::StoreAgain() {
  state_.With([&](State& state) {
    if (!state.stored) Put(state);
  });
}

void HostStatus::Put(State& state) {
  const auto stored = store_.PutStatus(state.status, Store::Durability::kBuffered);
  state.stored = stored.has_value();
  if (!stored) log_.With("error", stored.error().ToString()).Warn("status of the host not stored");
}

}  // namespace mooring
