// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/followed_sources.h"

#include <algorithm>
#include <atomic>

#include "controller/base/text.h"
#include "controller/cli/sources.h"
#include "controller/cli/tables.h"
#include "controller/metrics/metrics.h"
#include "controller/resource/reasons.h"

namespace mooring::cli {
namespace {

std::vector<std::string> Names(const Config& config) {
  std::vector<std::string> names;
  names.reserve(config.sources.size());
  for (const SourceConfig& source : config.sources) names.push_back(source.name);
  return names;
}

}  // namespace

FollowedSources::FollowedSources(const Parts& parts, OnDesired on_desired)
    : parts_(parts),
      names_(Names(parts.config)),
      union_(
          names_,
          [this](const ResourceKey& key) {
            const auto status = parts_.store.GetStatus(key);
            return status && *status ? (*status)->source_name : "";
          },
          {.on_desired = std::move(on_desired),
           .on_accepted =
               [this](const std::string& source, const std::string& revision) {
                 SetReady(source, true, revision);
                 parts_.metrics.SetSourceRevision(source, revision);
                 parts_.host.SourceLoaded(source, revision);
               }},
          parts.config.host_name) {
  for (const SourceConfig& config : parts.config.sources) {
    const std::string& name = config.name;
    ready_.With([&](auto& ready) { ready[name] = {false, "not looked at yet"}; });
    One& one = all_.emplace_back(
        name, MakeSource(config, MirrorOf(parts.config, config),
                         [this, name](const std::string& why) { MirrorReplaced(name, why); }));
    one.watcher = std::make_unique<SourceWatcher>(
        SourceWatcher::Options{.name = name,
                               .host = parts.config.host_name,
                               .poll_interval = config.poll_interval,
                               .last_good = parts.host.LastGood(name),
                               .applied = [this, name] { return parts_.host.Applied(name); },
                               .longest_look = RemoteMirror::kTotalTimeouts * config.timeout,
                               .liveness = parts.liveness,
                               .verifier = MakeVerifier(parts.config, config, parts.clock),
                               .held_at =
                                   [this, name] {
                                     const auto held = parts_.holds.RevisionHoldOf(name);
                                     return held ? held->revision : std::string();
                                   }},
        *one.source, union_, CallbacksOf(name), parts.metrics, parts.clock, parts.log);
  }
}

void FollowedSources::Start(std::vector<std::jthread>& threads) {
  for (One& one : all_)
    threads.emplace_back([&one](const std::stop_token& stop) { one.watcher->Run(stop); });
}

void FollowedSources::SetPollIntervals(const Config& config) {
  for (const SourceConfig& source : config.sources) {
    const auto found = std::ranges::find(all_, source.name, &One::name);
    if (found != all_.end()) found->watcher->SetPollInterval(source.poll_interval);
  }
}

void FollowedSources::LookNow(const std::function<void()>& then) {
  const auto left = std::make_shared<std::atomic<size_t>>(all_.size());
  for (One& one : all_) {
    one.watcher->LookNow([left, then] {
      if (--*left == 0) then();
    });
  }
}

void FollowedSources::LookNow(const std::string& name) {
  const auto found = std::ranges::find(all_, name, &One::name);
  if (found != all_.end()) found->watcher->LookNow([] {});
}

GitSource* FollowedSources::Find(const std::string& name) {
  const auto found =
      std::ranges::find_if(all_, [&](const One& o) { return name.empty() || o.name == name; });
  return found == all_.end() ? nullptr : found->source.get();
}

Result<LoadedDesired> FollowedSources::Preview(const std::string& source, const FileTree& tree,
                                               const std::string& revision) {
  const std::string name = source.empty() ? all_.front().name : source;
  const auto of_source = std::ranges::find(all_, name, &One::name);
  const auto loader = of_source != all_.end()
                          ? of_source->watcher->ForkLoader()
                          : std::make_unique<SpecLoader>(parts_.config.host_name);
  MOORING_TRY(manifest::LoadResult loaded, loader->Load(tree, revision));
  LoadedDesired out{
      .note = manifest::NoteOn(loaded.policy), .empty = loaded.IsEmpty(), .files = loaded.files};
  const Revision at = Revision::Parse(revision);
  const std::string departs_from =
      at.commit.empty() ? "" : DepartsFrom(*Find(name), parts_.host.Applied(name), at);
  out.set = union_.Preview(name, revision, std::move(loaded), departs_from, &out.diagnostics);
  return out;
}

Result<std::shared_ptr<const DesiredSet>> FollowedSources::LoadAgain(const std::string& source,
                                                                     const std::string& revision,
                                                                     std::stop_token stop) {
  Source* const from = Find(source);
  if (from == nullptr)
    return Fail(ErrorCode::kNotFound, fmt::format("no source is called \"{}\"", source));
  MOORING_TRY(const auto artifact, from->Fetch(Revision::Parse(revision), stop));
  MOORING_TRY(LoadedDesired loaded, Preview(source, *artifact, revision));
  if (loaded.set) return std::move(loaded.set);
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is not valid any more: {}", ShortRevision(revision),
                          loaded.diagnostics.front().ToString()));
}

std::string FollowedSources::Prefix(const std::string& name) const {
  return all_.size() > 1 ? "source " + name + ": " : "";
}

void FollowedSources::SetReady(const std::string& name, bool ready, const std::string& text) {
  const auto [all_ready, all_text] = ready_.With([&](auto& states) {
    states[name] = {ready, text};
    std::vector<std::string> texts;
    const bool all = std::ranges::all_of(states, [](const auto& s) { return s.second.first; });
    for (const auto& [each, state] : states) {
      if (state.first == all) texts.push_back(Prefix(each) + state.second);
    }
    return std::pair(all, Join(texts, "; "));
  });
  parts_.readiness.Set("git", all_ready, all_text);
}

void FollowedSources::TellHost(Severity severity, const char* reason, const std::string& text,
                               const std::string& revision) {
  parts_.events.Record(severity, {"Host", "", parts_.config.host_name}, reason, text, revision);
}

void FollowedSources::MirrorReplaced(const std::string& name, const std::string& why) {
  parts_.log.With("source", name).With("why", why).Warn("mirror was cloned again");
  TellHost(Severity::kWarning, reason::kMirrorReplaced,
           fmt::format("{}the mirror was cloned again; the one before was {}", Prefix(name), why),
           "");
}

/// Held by a person at an earlier revision: everybody who looks shall see it.
void FollowedSources::TellHeld(const std::string& name, const Revision& newest) {
  const auto held = parts_.holds.RevisionHoldOf(name);
  if (!held) return;
  const bool waits = held->revision != newest.ToString();
  const std::string text =
      fmt::format("held at {} {}; {}", ShortRevision(held->revision), DescribeHold(*held),
                  waits ? "newest " + newest.ToShortString() + " waits" : "it is the newest");
  SetReady(name, true, text);
  parts_.host.SourceHeld(name, *held, text);
}

SourceWatcher::Callbacks FollowedSources::CallbacksOf(const std::string& name) {
  return {.on_good =
              [this, name](const Revision& revision) {
                SetReady(name, true, revision.ToShortString());
                parts_.host.SourceLoaded(name, revision.ToString());
                parts_.on_revision(name, revision.ToString());
              },
          .on_invalid =
              [this, name](const Revision& revision, const Diagnostics& findings) {
                // The source is readable and the last good revision in force: ready, and said so.
                const std::string what =
                    fmt::format("{} has {}; the last good revision stays", revision.ToShortString(),
                                Count(findings.size(), "finding"));
                SetReady(name, true, what);
                TellHost(Severity::kError, reason::kInvalidSpec,
                         fmt::format("{}{}: {}", Prefix(name), what, findings.front().ToString()),
                         revision.ToString());
                parts_.host.SourceInvalid(name, revision.ToString(), findings);
              },
          .on_failed =
              [this, name](const Error& error) {
                SetReady(name, false, error.ToString());
                parts_.host.SourceFailed(name, error);
              },
          .on_rewritten =
              [this, name](const Revision& before, const Revision& after) {
                TellHost(Severity::kWarning, reason::kHistoryRewritten,
                         fmt::format("{}{} does not go on from {}, which was followed before; it "
                                     "is followed all the same",
                                     Prefix(name), after.ToShortString(), before.ToShortString()),
                         after.ToString());
              },
          .on_verified =
              [this, name](const Revision& revision, const std::string& signer) {
                parts_.metrics.SetSourceVerified(name, true);
                parts_.host.SourceVerified(name, revision.ToString(), signer);
              },
          .on_refused =
              [this, name](const Revision& revision, const Error& error) {
                // As with findings: what is in force goes on.
                SetReady(name, true,
                         fmt::format("{} is refused; the last good revision stays",
                                     revision.ToShortString()));
                TellHost(Severity::kError, reason::kSignatureInvalid,
                         Prefix(name) + error.ToString(), revision.ToString());
                parts_.metrics.SetSourceVerified(name, false);
                parts_.host.SourceRefused(name, revision.ToString(), error);
              },
          .on_held = [this, name](const Revision& newest) { TellHeld(name, newest); },
          .on_looked = [this] { parts_.host.StoreAgain(); }};
}

}  // namespace mooring::cli
