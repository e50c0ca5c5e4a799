// SPDX-License-Identifier: Apache-2.0
// `mooring doctor --webhook`: what came of the last delivery to each webhook, and what to do where
// nothing came or it was refused.
#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/examination.h"
#include "controller/cli/webhooks.h"

namespace mooring::cli {
namespace {

constexpr char kPart[] = "webhook";
constexpr char kGuide[] = "docs/guides/webhooks.md";

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// "12s ago (2026-03-01T14:03:41Z)"
std::string WhenAgo(const std::string& text, Time now) {
  const auto time = ParseTime(text);
  if (!time) return "at " + text;
  return fmt::format("{} ago ({})", FormatAge(std::max<Duration>(now - *time, Duration(0))), text);
}

/// "3m ago (...): event push, delivery 72d3162e, signature valid, accepted: source fleet is ..."
std::string Describe(const Json& last, Time now) {
  std::string told;
  for (const char* part : {"event", "delivery"}) {
    if (const std::string text = Text(last, part); !text.empty())
      told += fmt::format("{} {}, ", part, text);
  }
  return fmt::format("last delivery {}: {}signature {}, {}: {}", WhenAgo(Text(last, "time"), now),
                     told, Text(last, "signature"), Text(last, "result"), Text(last, "message"));
}

/// What most likely is wrong with a delivery that was not taken.
std::string Cure(const WebhookConfig& config, const Json& last) {
  const std::string result = Text(last, "result");
  const std::string signature = Text(last, "signature");
  if (result == "unavailable") return "; then: systemctl reload mooring";
  if (signature == "missing")
    return fmt::format(
        "; it has no {}: set the secret in {} where the sender has its webhook, and "
        "see that its type is {}",
        webhook::SignatureHeader(config.sender), config.secret_file.string(),
        webhook::SenderName(config.sender));
  if (signature == "wrong")
    return fmt::format(
        "; the sender has another secret than {}: put the same into both, then: "
        "systemctl reload mooring",
        config.secret_file.string());
  return "";
}

void TellNone(const std::string& name, const Json& hook, Time now, Examination& exam) {
  const std::string path = Text(hook, "path");
  const std::string moved = Text(hook, "sourceMoved");
  if (moved.empty()) {
    return exam.Note(kPart, fmt::format("{}: no delivery since the daemon started, and nothing new "
                                        "in source {} either; the sender posts to {}",
                                        name, Text(hook, "source"), path));
  }
  exam.Bad(kPart,
           fmt::format("{}: no delivery since the daemon started, though source {} had something "
                       "new {}; most likely the sender cannot reach {}, since Mooring listens on "
                       "this machine only: lead it there by a Site ({}), and look at the sender's "
                       "own list of deliveries",
                       name, Text(hook, "source"), WhenAgo(moved, now), path, kGuide));
}

void Examine(const WebhookConfig& config, const Json& hook, Time now, Examination& exam) {
  const std::string name = fmt::format("{} ({})", config.name, webhook::SenderName(config.sender));
  const auto last = hook.find("last");
  if (last == hook.end() || !last->is_object()) return TellNone(name, hook, now, exam);
  const std::string text = name + ": " + Describe(*last, now);
  const std::string result = Text(*last, "result");
  if (result == "accepted" || result == "ignored" || result == "repeated")
    return exam.Good(kPart, text);
  const std::string valid = Text(hook, "lastValid");
  const std::string before = valid.empty()
                                 ? "; none was right since the daemon started"
                                 : "; the last with a right signature came " + WhenAgo(valid, now);
  exam.Bad(kPart, text + Cure(config, *last) + before);
}

const Json* FindHook(const Json& answer, const std::string& name) {
  const auto items = answer.find("items");
  if (items == answer.end()) return nullptr;
  for (const Json& hook : *items) {
    if (Text(hook, "name") == name) return &hook;
  }
  return nullptr;
}

}  // namespace

int DoctorWebhooks(Session& session) {
  ApiClient api = session.Api();
  const auto answer = api.Get("/api/v1/webhooks", session.stop());
  if (!answer) return Report(answer.error());
  Examination exam;
  bool any = false;
  for (const SourceConfig& source : session.config().sources) {
    for (const WebhookConfig& config : source.webhooks) {
      any = true;
      if (const auto secret = ReadWebhookSecret(config.secret_file); !secret)
        exam.Bad(kPart, config.name + ": " + secret.error().ToString());
      if (const Json* hook = FindHook(*answer, config.name))
        Examine(config, *hook, session.clock().Now(), exam);
      else
        exam.Bad(kPart,
                 config.name + ": the daemon does not know it yet: systemctl reload mooring");
    }
  }
  if (!any) {
    exam.Note(kPart,
              "none is configured; add to a source in mooring.yaml: webhooks: [{name: forge, type: "
              "gitea, secretFile: /etc/mooring/keys/webhook}]");
  }
  return exam.Conclude();
}

}  // namespace mooring::cli
