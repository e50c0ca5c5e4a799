// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/prune_judgement.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controller/base/text.h"
#include "controller/reconcile/confirmation.h"
#include "controller/resource/reasons.h"

namespace mooring {
namespace {

constexpr char kAct[] = "prune";
/// Of the records: resources that nobody remembers the source of.
constexpr char kNobodys[] = "";

using Keys = std::vector<ResourceKey>;

std::string TokenFor(const std::string& source, const Keys& keys) {
  std::vector<std::string> bound_to = {source};
  for (const ResourceKey& key : keys) bound_to.push_back(key.ToString());
  return ConfirmationToken(kAct, bound_to);
}

/// "main@sha1:4b1c9e2a7d55..." as "main@4b1c9e2".
std::string Short(const std::string& revision) {
  constexpr std::string_view kHash = "sha1:";
  constexpr size_t kShown = 7;
  const size_t at = revision.find(kHash);
  if (at == std::string::npos) return revision;
  return revision.substr(0, at) + revision.substr(at + kHash.size(), kShown);
}

std::string BranchOf(const std::string& revision) { return revision.substr(0, revision.find('@')); }

/// Why a revision that does not go on from the one before takes nothing away.
std::string Departure(const SetSource& source) {
  const std::string before = Short(source.departs_from);
  if (BranchOf(source.departs_from) == BranchOf(source.revision)) {
    return fmt::format("{} does not go on from {}, which was applied before: history was rewritten",
                       Short(source.revision), before);
  }
  return fmt::format("{} is followed now, and {} was applied before", Short(source.revision),
                     before);
}

/// One way to confirm, one way back.
std::string HowTo(const std::string& token, const PrunePolicy& policy, const std::string& spent) {
  std::string text = fmt::format(
      "nothing is removed. To remove what is held, commit this to .mooring/policy.yaml: prune: "
      "{{confirm: {}}}; to keep it, put the specs back",
      token);
  if (policy.confirm == token && spent == token) {
    text +=
        ". The same line was used before: take it out with one commit and put it back with the "
        "next";
  } else if (!policy.confirm.empty()) {
    text += fmt::format(". The {} that stands there is for other resources", policy.confirm);
  }
  return text;
}

bool IsTooMuch(size_t going, uint64_t of, int max_percent) {
  return going * 100 > of * static_cast<uint64_t>(max_percent);
}

/// One source, or what nobody remembers the source of, in the making.
class Judge {
 public:
  Judge(const PruneQuestion& question, PruneState* next) : question_(question), next_(next) {
    Sort();
    for (const auto& [key, resource] : question.desired->resources()) {
      if (!RunsNothing(key.kind)) ++desired_[question.desired->SourceOf(key)];
    }
  }

  void JudgeAll() {
    for (const SetSource& source : question_.desired->sources()) {
      if (source.loaded) {
        JudgeSource(source);
      } else if (const PruneRecord* record = Before(source.name)) {
        next_->records[source.name] = *record;  // nobody knows what it has
      }
    }
    JudgeNobodys();
  }

 private:
  const PruneRecord* Before(const std::string& source) const {
    const auto found = question_.before->records.find(source);
    return found == question_.before->records.end() ? nullptr : &found->second;
  }

  /// The only source there is; "" when there are several.
  std::string OnlySource() const {
    const auto& sources = question_.desired->sources();
    return sources.size() == 1 ? sources.front().name : "";
  }

  void Sort() {
    std::set<ResourceKey> seen;
    for (const KnownResource& known : question_.known) {
      if (RunsNothing(known.key.kind) || !seen.insert(known.key).second) continue;
      const bool nobodys = known.source.empty() && question_.remembers;
      const std::string source = known.source.empty() && !nobodys ? OnlySource() : known.source;
      ++known_[source];
      ++all_known_;
      const bool goes = question_.desired->Find(known.key) == nullptr &&
                        question_.desired->WhatIfAbsent(known.source) == DesiredSet::Absent::kPrune;
      if (goes) going_[source].push_back(known.key);
    }
    for (auto& [source, keys] : going_) std::ranges::sort(keys);
  }

  /// What goes and was not let go before; the rest stays accepted.
  Keys OpenOf(const std::string& source, PruneRecord& record) {
    const Keys& going = going_[source];
    Keys open;
    Keys accepted;
    std::ranges::set_difference(going, record.accepted, std::back_inserter(open));
    std::ranges::set_intersection(going, record.accepted, std::back_inserter(accepted));
    record.accepted = std::move(accepted);
    return open;
  }

  static void Accept(const Keys& open, const std::string& token, const std::string& confirm,
                     PruneRecord& record) {
    record.accepted.insert(record.accepted.end(), open.begin(), open.end());
    std::ranges::sort(record.accepted);
    if (!open.empty() && confirm == token) record.spent = token;
  }

  void JudgeSource(const SetSource& source) {
    const PruneRecord* before = Before(source.name);
    // At the first start the revision itself says how much may go.
    PruneRecord record = before != nullptr ? *before
                                           : PruneRecord{.revision = source.departs_from,
                                                         .max_percent = source.prune.max_percent,
                                                         .resources = known_[source.name]};
    if (source.prune.confirm != record.spent) record.spent.clear();
    const Keys open = OpenOf(source.name, record);
    const std::string token = TokenFor(source.name, open);
    const uint64_t of = std::max<uint64_t>(record.resources, open.size());
    const bool departs = !source.departs_from.empty();
    const bool too_much = IsTooMuch(open.size(), of, record.max_percent);
    const bool confirmed = source.prune.confirm == token && record.spent != token;
    if (!open.empty() && (departs || too_much) && !confirmed) {
      std::string why = departs ? Departure(source) + ", and " : "";
      why += fmt::format("{} of {} of source {} would go", open.size(), Count(of, "resource"),
                         source.name);
      if (too_much) why += fmt::format(", more than {} % (prune.maxPercent)", record.max_percent);
      next_->held.push_back({source.name, departs ? reason::kHistoryRewritten : reason::kMassDelete,
                             fmt::format("{}; {}", why, HowTo(token, source.prune, record.spent)),
                             token, open});
    } else {
      Accept(open, token, source.prune.confirm, record);
      record.revision = source.revision;
      record.max_percent = source.prune.max_percent;
      record.resources = desired_[source.name];
    }
    next_->records[source.name] = std::move(record);
  }

  /// With the store lost nobody can tell a resource that Git gave up from one that another revision
  /// had: each of them waits for a person.
  void JudgeNobodys() {
    const PruneRecord* before = Before(kNobodys);
    PruneRecord record = before != nullptr ? *before : PruneRecord();
    const Keys open = OpenOf(kNobodys, record);
    const std::string token = TokenFor(OnlySource(), open);
    const SetSource* confirming = nullptr;
    bool stands = false;
    int max_percent = 100;
    for (const SetSource& source : question_.desired->sources()) {
      if (!source.loaded) continue;
      max_percent = std::min(max_percent, source.prune.max_percent);
      stands = stands || source.prune.confirm == record.spent;
      if (confirming == nullptr || source.prune.confirm == token) confirming = &source;
    }
    if (!stands) record.spent.clear();
    if (!open.empty() && confirming != nullptr) {
      if (confirming->prune.confirm == token && record.spent != token) {
        Accept(open, token, token, record);
      } else {
        const bool too_much = IsTooMuch(open.size(), all_known_, max_percent);
        std::string why = fmt::format(
            "nobody remembers which revision had this (was the store lost?), and {} does not have "
            "it",
            Short(confirming->revision));
        if (too_much) {
          why += fmt::format("; {} of {} would go, more than {} % (prune.maxPercent)", open.size(),
                             Count(all_known_, "resource"), max_percent);
        }
        next_->held.push_back(
            {OnlySource(), too_much ? reason::kMassDelete : reason::kConfirmationRequired,
             fmt::format("{}; {}", why, HowTo(token, confirming->prune, record.spent)), token,
             open});
      }
    }
    if (record != PruneRecord()) next_->records[kNobodys] = std::move(record);
  }

  const PruneQuestion& question_;
  PruneState* next_;
  std::map<std::string, Keys> going_;        ///< by source
  std::map<std::string, uint64_t> known_;    ///< how many, by source
  std::map<std::string, uint64_t> desired_;  ///< how many, by source
  uint64_t all_known_ = 0;
};

}  // namespace

PruneState JudgePrune(const PruneQuestion& question) {
  PruneState next;
  if (question.desired->sources().empty()) return next;
  Judge(question, &next).JudgeAll();
  return next;
}

const HeldPrune* FindHeld(const PruneState& state, const ResourceKey& key) {
  const auto found = std::ranges::find_if(state.held, [&](const HeldPrune& held) {
    return std::ranges::binary_search(held.resources, key);
  });
  return found == state.held.end() ? nullptr : &*found;
}

bool IsAccepted(const PruneState& state, const ResourceKey& key) {
  return std::ranges::any_of(state.records, [&](const auto& record) {
    return std::ranges::binary_search(record.second.accepted, key);
  });
}

}  // namespace mooring
