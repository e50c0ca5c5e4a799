// SPDX-License-Identifier: Apache-2.0
#include "controller/webhook/receiver.h"

#include <algorithm>
#include <array>

#include "controller/base/digest.h"
#include "controller/base/text.h"
#include "controller/webhook/delivery.h"

namespace mooring::webhook {
namespace {

constexpr web::RateLimiter::Rate kRight = {.events = 60, .window = std::chrono::minutes(1)};
constexpr web::RateLimiter::Rate kWrong = {.events = 20, .window = std::chrono::minutes(1)};

constexpr std::array<std::string_view, 7> kOutcomes = {
    "accepted", "ignored", "repeated", "refused", "limited", "invalid", "unavailable"};

/// The id is what the sender means by "again", but no signature covers it: whoever sends the same
/// signed bytes under another id has them still. GitLab signs no bytes; there the id is all.
std::vector<std::string> MarksOf(Sender sender, const Envelope& envelope, std::string_view body) {
  std::vector<std::string> marks;
  if (!envelope.id.empty()) marks.push_back("id " + envelope.id);
  if (marks.empty() || sender != Sender::kGitlab) marks.push_back("body " + Sha256Hex(body));
  return marks;
}

std::string ContentType(const Headers& headers) {
  const auto found = headers.find("content-type");
  return found == headers.end() ? "" : found->second;
}

Answer Ignore(std::string why) { return {Outcome::kIgnored, std::move(why)}; }

/// Whether there is something to look at; kAccepted if there is.
Answer Understand(const Hook& hook, const Envelope& envelope, const Headers& headers,
                  std::string_view body) {
  Answer look{Outcome::kAccepted, fmt::format("source {} is looked at now", hook.source)};
  if (hook.sender == Sender::kGenericHmac) return look;
  if (envelope.event.empty()) {
    return {Outcome::kInvalid,
            fmt::format("no header says which event this is, as {} does", SenderName(hook.sender))};
  }
  if (envelope.event == "ping") return Ignore("pong; pushes will be heard");
  if (!IsPush(hook.sender, envelope.event))
    return Ignore(fmt::format("the event {} is no push", envelope.event));
  const auto push = ReadPush(ContentType(headers), body);
  if (!push) return {Outcome::kInvalid, push.error().ToString()};
  if (hook.ref.empty())
    return Ignore(fmt::format("source {} stays at one commit, whatever is pushed", hook.source));
  if (push->ref != hook.ref) {
    return Ignore(fmt::format("the push is to {}; source {} follows {}", RefInWords(push->ref),
                              hook.source, RefInWords(hook.ref)));
  }
  if (push->deleted)
    return Ignore(fmt::format("{} was deleted; source {} stays as it is", RefInWords(push->ref),
                              hook.source));
  return look;
}

}  // namespace

std::string_view OutcomeName(Outcome outcome) { return kOutcomes[static_cast<size_t>(outcome)]; }

std::vector<std::string> OutcomeNames() { return {kOutcomes.begin(), kOutcomes.end()}; }

Receiver::Receiver(Parts parts)
    : parts_(std::move(parts)), right_(parts_.clock, kRight), wrong_(parts_.clock, kWrong) {}

void Receiver::Configure(const std::vector<Hook>& hooks) {
  std::scoped_lock lock(mutex_);
  std::vector<State> before = std::exchange(states_, {});
  for (const Hook& hook : hooks) {
    const auto same = std::ranges::find_if(before, [&](const State& state) {
      return state.hook && state.hook->name == hook.name && state.hook->sender == hook.sender &&
             state.hook->source == hook.source;
    });
    states_.push_back(same == before.end() ? State() : std::move(*same));
    states_.back().hook = std::make_shared<const Hook>(hook);
    parts_.metrics.AddWebhook(hook.name);
  }
}

std::shared_ptr<const Hook> Receiver::Find(const std::string& name) const {
  std::scoped_lock lock(mutex_);
  for (const State& state : states_) {
    if (state.hook->name == name) return state.hook;
  }
  return nullptr;
}

std::optional<Answer> Receiver::Receive(const std::string& name, const Headers& headers,
                                        std::string_view body) {
  const std::shared_ptr<const Hook> hook = Find(name);
  if (!hook) return std::nullopt;
  const bool can_tell = !hook->secret.empty();
  const Signature signature =
      can_tell ? CheckSignature(hook->sender, hook->secret, headers, body) : Signature::kMissing;
  const Envelope envelope = ReadEnvelope(hook->sender, headers);
  Answer answer = can_tell ? Judge(*hook, signature, envelope, headers, body)
                           : Answer{Outcome::kUnavailable, "this webhook cannot be served now"};
  Keep(*hook,
       {.at = parts_.clock.Now(),
        .id = envelope.id,
        .event = envelope.event,
        .signature = std::string(can_tell ? SignatureName(signature) : "unchecked"),
        .outcome = answer.outcome,
        .message = answer.message},
       signature == Signature::kValid);
  parts_.metrics.WebhookDelivered(hook->name, OutcomeName(answer.outcome));
  if (answer.outcome == Outcome::kAccepted) parts_.look_now(hook->source);
  return answer;
}

Answer Receiver::Judge(const Hook& hook, Signature signature, const Envelope& envelope,
                       const Headers& headers, std::string_view body) {
  if (signature != Signature::kValid) return Refuse(hook);
  const Duration wait = right_.Take(hook.name);
  if (wait > Duration(0))
    return {Outcome::kLimited, fmt::format("more than {} deliveries in a minute", kRight.events),
            wait};
  Answer answer = Understand(hook, envelope, headers, body);
  if (answer.outcome == Outcome::kAccepted &&
      !TakeOnce(hook.name, MarksOf(hook.sender, envelope, body)))
    return {Outcome::kRepeated, "this delivery was taken before"};
  return answer;
}

Answer Receiver::Refuse(const Hook& hook) {
  const Duration wait = wrong_.Take(hook.name);
  if (wait > Duration(0)) return {Outcome::kLimited, "too many wrong signatures", wait};
  parts_.on_refused(hook.name);
  return {Outcome::kRefused, "the signature is missing or wrong"};
}

bool Receiver::TakeOnce(const std::string& hook, const std::vector<std::string>& marks) {
  std::scoped_lock lock(mutex_);
  const auto state =
      std::ranges::find_if(states_, [&](const State& s) { return s.hook->name == hook; });
  if (state == states_.end()) return true;
  const SteadyTime now = parts_.clock.Steady();
  if (state->taken.Knows(marks, now)) return false;
  state->taken.Remember(marks, now);
  return true;
}

void Receiver::Keep(const Hook& hook, LastDelivery last, bool valid) {
  const Log log = parts_.log.With("webhook", hook.name)
                      .With("delivery", last.id)
                      .With("event", last.event)
                      .With("signature", last.signature)
                      .With("result", OutcomeName(last.outcome));
  // Anybody may send what is not signed, and as often as they like.
  valid ? log.Info("webhook delivery") : log.Debug("webhook delivery");
  std::scoped_lock lock(mutex_);
  for (State& state : states_) {
    if (state.hook->name != hook.name) continue;
    ++state.deliveries;
    if (valid) state.last_valid = last.at;
    state.last = std::move(last);
    return;
  }
}

void Receiver::SourceTook(const std::string& source, const std::string& revision) {
  std::scoped_lock lock(mutex_);
  Movement& movement = movements_[source];
  if (movement.revision == revision) return;
  if (!movement.revision.empty()) movement.moved = parts_.clock.Now();
  movement.revision = revision;
}

std::vector<HookReport> Receiver::Reports() const {
  std::scoped_lock lock(mutex_);
  std::vector<HookReport> reports;
  for (const State& state : states_) {
    const auto movement = movements_.find(state.hook->source);
    reports.push_back(
        {.name = state.hook->name,
         .sender = state.hook->sender,
         .source = state.hook->source,
         .ref = state.hook->ref,
         .has_secret = !state.hook->secret.empty(),
         .deliveries = state.deliveries,
         .last = state.last,
         .last_valid = state.last_valid,
         .source_moved = movement == movements_.end() ? std::nullopt : movement->second.moved});
  }
  return reports;
}

}  // namespace mooring::webhook
