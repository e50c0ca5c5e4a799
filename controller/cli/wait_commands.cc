// SPDX-License-Identifier: Apache-2.0
// The commands that end once something is so: wait, reconcile --wait.
#include <iostream>
#include <set>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/event_stream.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/watch_commands.h"

namespace mooring::cli {
namespace {

using Documents = std::map<ResourceKey, Json>;

Json ConditionOf(const Json& document, const std::string& type) {
  for (const Json& condition :
       document.value("status", Json::object()).value("conditions", Json::array())) {
    if (condition.value("type", "") == type) return condition;
  }
  return Json::object();
}

/// "App/default/shop is Ready False, RollingOut: web: 1 of 2"
std::string HowItIs(const ResourceKey& key, const Json& document, const std::string& type) {
  const Json condition = ConditionOf(document, type);
  if (condition.empty()) return fmt::format("{} has no condition {} yet", key.ToString(), type);
  return fmt::format("{} is {} {}, {}: {}", key.ToString(), type, condition.value("status", ""),
                     condition.value("reason", ""), condition.value("message", ""));
}

/// Another machine, of which nothing is known here.
bool IsOtherHost(const ResourceKey& key, const Json& document) {
  return key.kind == "Host" && ConditionOf(document, "Ready").empty();
}

/// What is still not so; empty: done.
using Missing = std::function<std::vector<std::string>(const Documents&)>;

/// Listens to what is selected until nothing is missing. DeadlineExceeded tells what still is.
Status Await(Session& session, const Selection& selection, Duration timeout,
             const Missing& missing) {
  const std::stop_token stop = session.stop();
  const StopAfter deadline(session.clock(), timeout, stop);
  ApiClient api = session.Api();
  Documents documents;
  bool synced = false;
  std::vector<std::string> left;
  Progress progress(session.terminal());
  const Status ended = FollowStream(
      api, ResourceStreamPath(selection),
      {.on_begin =
           [&] {
             documents.clear();
             synced = false;
           },
       .on_event =
           [&](const StreamEvent& event) {
             if (event.type == "sync") synced = true;
             const Json document = Json::parse(event.data, nullptr, false);
             if (event.type == "resource" && document.is_object())
               documents[KeyOf(document)] = document;
             if (event.type == "deleted" && document.is_object()) documents.erase(KeyOf(document));
             if (!synced) return true;
             left = missing(documents);
             if (left.empty()) return false;
             progress.Say(fmt::format("waiting for {}: {}", left.size(), left.front()));
             return true;
           },
       .on_lost = [&](const Error& error) { progress.Say(error.ToString() + "; waiting for it"); }},
      session.clock(), deadline.token());
  if (ended || stop.stop_requested() || ended.error().code() != ErrorCode::kCancelled) return ended;
  if (left.empty()) left = {"the daemon does not answer"};
  return Fail(ErrorCode::kDeadlineExceeded,
              fmt::format("not so within {}: {}", FormatElapsed(timeout), Join(left, "; ")));
}

/// "condition=Ready", "condition=Ready=False", "delete".
struct Goal {
  bool deleted = false;
  std::string type;
  std::string status = "True";

  static Result<Goal> Parse(const std::string& text) {
    const std::vector<std::string> parts = Split(text, '=');
    if (text == "delete") return Goal{.deleted = true};
    const bool form = parts.size() >= 2 && parts.size() <= 3 && parts[0] == "condition";
    if (!form || parts[1].empty() || parts.back().empty()) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("--for={}: write condition=Ready, condition=Ready=False or delete", text));
    }
    return Goal{.type = parts[1], .status = parts.size() == 3 ? parts[2] : "True"};
  }

  bool Holds(const Json& document) const {
    const Json condition = ConditionOf(document, type);
    // Reconciling, Stalled and Drifted are there only while True.
    if (condition.empty()) return status == "False" && type != "Ready" && type != "Healthy";
    return condition.value("status", "") == status;
  }
};

Result<Duration> ParseTimeout(const std::string& text) {
  if (const auto timeout = ParseDuration(text)) return *timeout;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("--timeout {}: write a duration such as 30s or 5m", text));
}

std::vector<std::string> MissingFor(const Goal& goal, const std::vector<Selection>& wanted,
                                    const Documents& documents) {
  std::vector<std::string> left;
  for (const Selection& one : wanted) {
    bool found = false;
    for (const auto& [key, document] : documents) {
      if (!one.Matches(key) || (one.name.empty() && IsOtherHost(key, document))) continue;
      found = true;
      if (goal.deleted) left.push_back(key.ToString() + " is still there");
      if (!goal.deleted && !goal.Holds(document)) left.push_back(HowItIs(key, document, goal.type));
    }
    if (found || goal.deleted) continue;
    left.push_back(one.name.empty() ? "there is no resource yet"
                                    : one.Key().ToString() + " is not there yet");
  }
  return left;
}

/// "app shop" is one resource; "app/shop site/shop" are two.
Result<std::vector<Selection>> WantedBy(const WaitOptions& options) {
  const std::vector<std::string>& words = options.target.words;
  std::vector<Selection> wanted;
  if (options.all != words.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "name resources, or write --all: mooring wait app/shop site/shop");
  }
  const bool one = words.size() < 2 || words[0].find('/') == std::string::npos;
  for (size_t i = 0; i < (one ? 1 : words.size()); ++i) {
    MOORING_TRY(Selection selection,
                ParseSelection(one ? words : std::vector{words[i]}, options.target.scope));
    if (!options.all && !selection.IsOne()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("wait needs kind and name of each resource: {} is not enough",
                              Join(words, " ")));
    }
    wanted.push_back(std::move(selection));
  }
  return wanted;
}

/// How each resource's runs stood before it was asked for another.
class Runs {
 public:
  explicit Runs(const std::vector<Json>& documents) {
    for (const Json& document : documents) before_[KeyOf(document)] = HistoryOf(document);
  }

  std::vector<std::string> Unfinished(const Documents& documents) const {
    std::vector<std::string> left;
    for (const auto& [key, document] : documents) {
      if (key.kind != "Host" && !HasRun(key, document))
        left.push_back(HowItIs(key, document, "Ready"));
    }
    return left;
  }

 private:
  static Json HistoryOf(const Json& document) {
    return document.value("status", Json::object()).value("history", Json::array());
  }
  static bool IsOver(const Json& history) {
    if (history.empty()) return false;
    const std::string outcome = history.front().value("outcome", "");
    return outcome == "Done" || outcome == "Stalled";
  }
  bool HasRun(const ResourceKey& key, const Json& document) const {
    const Json history = HistoryOf(document);
    const auto before = before_.find(key);
    const bool another = before == before_.end() || before->second != history;
    const std::string reason = ConditionOf(document, "Ready").value("reason", "");
    const bool held = reason == "Suspended" || reason == "OutsideSyncWindow";
    return another && (IsOver(history) || held);
  }

  std::map<ResourceKey, Json> before_;
};

/// What is not as it should be, after the run.
int TellResult(ApiClient& api, const Selection& selection) {
  const auto documents = FetchSelected(api, selection);
  if (!documents) {
    // Taken out of Git, and now of the host.
    return documents.error().code() == ErrorCode::kNotFound ? exit_code::kDone
                                                            : Report(documents.error());
  }
  int code = exit_code::kDone;
  for (const Json& document : *documents) {
    if (IsOtherHost(KeyOf(document), document)) continue;
    const Json ready = ConditionOf(document, "Ready");
    const bool good = ready.value("status", "") == "True";
    std::cout << HowItIs(KeyOf(document), document, "Ready") << "\n";
    if (!good && ready.value("reason", "") != "Suspended") code = exit_code::kFailed;
  }
  return code;
}

}  // namespace

int Wait(Session& session, const WaitOptions& options) {
  const auto wanted = WantedBy(options);
  if (!wanted) return Report(wanted.error());
  const auto goal = Goal::Parse(options.condition);
  if (!goal) return Report(goal.error());
  const auto timeout = ParseTimeout(options.timeout);
  if (!timeout) return Report(timeout.error());
  const Selection streamed = wanted->size() == 1 ? wanted->front() : Selection();
  const Status ended = Await(session, streamed, *timeout, [&](const Documents& documents) {
    return MissingFor(*goal, *wanted, documents);
  });
  return ended ? exit_code::kDone : Report(ended.error());
}

int Reconcile(Session& session, const ReconcileOptions& options) {
  auto selection = ParseSelection(options.target.words, options.target.scope);
  if (!selection) return Report(selection.error());
  const auto timeout = ParseTimeout(options.timeout);
  if (!timeout) return Report(timeout.error());
  ApiClient api = session.Api();
  Json request = {{"source", options.with_source}};
  if (!options.target.words.empty()) {
    const auto document = FetchOne(api, *selection);
    if (!document) return Report(document.error());
    const ResourceKey key = KeyOf(*document);
    *selection = {key.kind, key.ns, key.name};
    request["resource"] = key.ToString();
  }
  if (options.override_window) request["overrideWindow"] = true;
  const auto before = FetchSelected(api, *selection);
  if (!before) return Report(before.error());
  const auto answer = api.Post("/api/v1/reconcile", request);
  if (!answer) return Report(answer.error());
  if (!options.wait) {
    std::cout << Count(answer->value("queued", size_t{0}), "resource") << " queued\n";
    return exit_code::kDone;
  }
  const Runs runs(*before);
  const Status ended = Await(session, *selection, *timeout, [&](const Documents& documents) {
    return runs.Unfinished(documents);
  });
  return ended ? TellResult(api, *selection) : Report(ended.error());
}

}  // namespace mooring::cli
