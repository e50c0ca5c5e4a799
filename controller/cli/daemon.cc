// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/daemon.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <thread>

#include "controller/base/correlation.h"
#include "controller/base/text.h"
#include "controller/cli/api_requests.h"
#include "controller/cli/applied_specs.h"
#include "controller/cli/autoscaling.h"
#include "controller/cli/engines.h"
#include "controller/cli/followed_sources.h"
#include "controller/cli/holding.h"
#include "controller/cli/listeners.h"
#include "controller/cli/preview.h"
#include "controller/cli/readiness.h"
#include "controller/cli/supervision.h"
#include "controller/cli/tables.h"
#include "controller/cli/version.h"
#include "controller/cli/webhooks.h"
#include "controller/git/library.h"
#include "controller/holds/hold_file.h"
#include "controller/http/api.h"
#include "controller/http/streams.h"
#include "controller/metrics/metrics.h"
#include "controller/plan/plan_builder.h"
#include "controller/plan/policy.h"
#include "controller/resource/reasons.h"
#include "controller/runtime/controller.h"
#include "controller/runtime/executor.h"
#include "controller/runtime/liveness.h"
#include "controller/runtime/prune_guard.h"
#include "controller/runtime/resync.h"
#include "controller/status/event_recorder.h"
#include "controller/status/host_status.h"
#include "controller/status/status_writer.h"
#include "controller/store/rocks_db_store.h"
#include "controller/store/watched_store.h"
#include "controller/tokens/cli_token.h"
#include "controller/tokens/token_verifier.h"
#include "controller/web/http_server.h"
#include "reconcilers/caddy/caddy_watcher.h"
#include "reconcilers/docker/io/event_watcher.h"
#include "reconcilers/notify/io/dispatcher.h"

namespace mooring::cli {
namespace {

constexpr Duration kDetailSweep = std::chrono::hours(1);
constexpr int kHeaps = 2;
/// From this size on a block goes back to the system when it is freed: lists and bodies.
constexpr int kLargeBlock = 256 * 1024;
/// How often what else is free goes back.
constexpr Duration kTrim = std::chrono::minutes(1);
/// How often the load of what is scaled is looked at.
constexpr Duration kLoadLook = std::chrono::seconds(5);
constexpr Duration kHttpGrace = std::chrono::seconds(2);

std::vector<std::string> SourceNames(const Config& config) {
  std::vector<std::string> names;
  names.reserve(config.sources.size());
  for (const SourceConfig& source : config.sources) names.push_back(source.name);
  return names;
}

std::set<std::string> VerifiedSources(const Config& config) {
  std::set<std::string> names;
  for (const SourceConfig& source : config.sources) {
    if (source.verify.IsAsked()) names.insert(source.name);
  }
  return names;
}

metrics::Metrics::Known KnownLabels(const Config& config) {
  metrics::Metrics::Known known{.version = kVersion,
                                .revision = kBuildRevision,
                                .kinds = {"App", "Site", "Namespace", "Notifier", "Secret"}};
  known.error_reasons = {
      reason::kObservationFailed, reason::kApplyFailed,       reason::kPolicyViolation,
      reason::kNameConflict,      reason::kImagePullFailed,   reason::kPortConflict,
      reason::kHealthTimeout,     reason::kCrashLoop,         reason::kCaddyRejected,
      reason::kCaddyUnreachable,  reason::kEngineUnreachable, reason::kKeyMissing,
      reason::kDecryptFailed,     reason::kProviderFailed};
  known.sources = SourceNames(config);
  return known;
}

std::vector<ResourcePtr> OfKind(const DesiredSet& set, std::string_view kind) {
  std::vector<ResourcePtr> resources;
  for (const auto& [key, resource] : set.resources()) {
    if (key.kind == kind) resources.push_back(resource);
  }
  return resources;
}

/// The parts in the order in which they are made; they go in the reverse order.
class Daemon {
 public:
  Daemon(const Config& config, const ReadConfig& read, const HostKey& key,
         std::unique_ptr<Store> store, Log log);
  Status Run(ReloadRequest& reload, std::stop_token stop);
  /// The store could not be used and a new one was begun; `note` says why and where the old one is.
  void StoreReplaced(const std::string& note);

 private:
  void SetDesired(std::shared_ptr<const DesiredSet> set);
  void NoteRequest(const EngineRequest& request);
  ResourceKey HostResource() const { return {"Host", "", config_.host_name}; }
  docker::EventWatcher::Callbacks DockerCallbacks();
  caddy::CaddyWatcher::Callbacks CaddyCallbacks();
  void KeepPrune(const PruneState& state);
  Status Listen();
  void StartThreads();
  void WakeSites();
  void TakeOver(const Config& config);
  std::string StatusLine() const;

  const Config& config_;
  Log log_;
  SystemClock clock_;
  Liveness liveness_;
  git::Library git_;
  http::Changes changes_;
  const std::unique_ptr<Store> store_;
  metrics::Metrics metrics_;
  Holds holds_;
  FailedSpecs failed_;
  EventRecorder events_;
  Reloader reloader_;
  StatusWriter statuses_;
  HostStatus host_;
  Readiness readiness_;
  EngineReaders readers_;
  notify::Dispatcher dispatcher_;
  Policy policy_;
  PlanBuilder plans_;
  EngineWriters writers_;
  Executor executor_;
  PruneGuard prune_;
  AppliedSpecs applied_;
  Controller controller_;
  Autoscaling autoscaling_;
  Resync resync_;
  FollowedSources sources_;
  Webhooks webhooks_;
  Holding holding_;
  docker::EventWatcher event_watcher_;
  caddy::CaddyWatcher caddy_watcher_;
  ApiRequests requests_;
  tokens::TokenVerifier tokens_;
  http::Streams streams_;
  web::HttpServer server_;
  std::vector<std::jthread> threads_;
};

Daemon::Daemon(const Config& config, const ReadConfig& read, const HostKey& key,
               std::unique_ptr<Store> store, Log log)
    : config_(config),
      log_(std::move(log)),
      liveness_(clock_),
      store_(std::make_unique<WatchedStore>(
          std::move(store),
          WatchedStore::Callbacks{
              .on_status =
                  [this](const ResourceKey& changed) { changes_.ResourceChanged(changed); },
              .on_new_event =
                  [this](const Event& event) {
                    changes_.EventAdded();
                    dispatcher_.Tell(event);
                  },
              .on_repeated_event = [this](const Event& event) { changes_.EventRepeated(event); }})),
      metrics_(KnownLabels(config)),
      holds_(HoldFileBeside(config.seal_key_file), clock_),
      failed_(FailedFileBeside(config.seal_key_file)),
      events_(*store_, clock_, log_, {.retention = config.keep_events}),
      reloader_(config, {.read = read,
                         .take_over = [this](const Config& next) { TakeOver(next); },
                         .events = events_,
                         .log = log_}),
      statuses_(*store_, clock_, events_),
      host_(config.host_name,
            {.engine = config.docker_enabled,
             .gateway = config.caddy_enabled,
             .sources = SourceNames(config),
             .verified = VerifiedSources(config)},
            *store_, clock_, log_),
      readiness_(config),
      readers_(
          config, key, clock_, [this](const EngineRequest& request) { NoteRequest(request); },
          [this](const std::string& engine, Duration waited) {
            metrics_.EngineThrottled(engine, waited);
          }),
      dispatcher_(
          {.host = config.host_name}, readers_.secrets, clock_,
          [this](const ResourceKey& notifier) { controller_.Wake({notifier}, Trigger::kDrift); },
          log_.With("part", "notify")),
      policy_(PolicyOf(config)),
      plans_(readers_.ReadSides(), clock_, readers_.DisabledKinds(), &readers_.secrets),
      writers_(
          config, readers_, clock_,
          [this](const ResourceKey& resource, const std::string& text) {
            controller_.ReportProgress(resource, text);
          },
          [this](const std::vector<ResourceKey>& keys) {
            controller_.Wake(keys, Trigger::kRevision);
          },
          log_),
      executor_(writers_.Appliers(), statuses_, events_, clock_, log_),
      prune_(*store_, {.recall = [this] { return host_.Prune(); },
                       .keep = [this](const PruneState& state) { KeepPrune(state); }}),
      applied_([this](const std::string& source, const std::string& revision,
                      std::stop_token stop) { return sources_.LoadAgain(source, revision, stop); },
               clock_, log_),
      controller_(
          {.workers = config.workers, .max_backoff = config.max_backoff},
          {.plans = plans_,
           .policy = policy_,
           .executor = executor_,
           .store = *store_,
           .statuses = statuses_,
           .events = events_,
           .metrics = metrics_,
           .clock = clock_,
           .log = log_,
           .liveness = &liveness_,
           .holds = &holds_,
           .prune = &prune_,
           .find_applied = [this](const ResourceStatus& status,
                                  std::stop_token stop) { return applied_.Find(status, stop); },
           .failed = &failed_}),
      autoscaling_({config, readers_, controller_, holds_, events_, metrics_, clock_}),
      resync_({}, readers_.ReadSides(), controller_, clock_, log_),
      sources_({.config = config,
                .host = host_,
                .readiness = readiness_,
                .events = events_,
                .metrics = metrics_,
                .store = *store_,
                .holds = holds_,
                .clock = clock_,
                .liveness = &liveness_,
                .on_revision =
                    [this](const std::string& source, const std::string& revision) {
                      webhooks_.receiver().SourceTook(source, revision);
                    },
                .log = log_},
               [this](std::shared_ptr<const DesiredSet> set) { SetDesired(std::move(set)); }),
      webhooks_(config,
                {.look_now = [this](const std::string& source) { sources_.LookNow(source); },
                 .events = events_,
                 .metrics = metrics_,
                 .clock = clock_,
                 .log = log_}),
      holding_({.holds = holds_,
                .failed = failed_,
                .controller = controller_,
                .sources = sources_,
                .events = events_,
                .clock = clock_,
                .log = log_},
               config),
      event_watcher_(readers_.engine.reader(), readers_.docker_observer, clock_, DockerCallbacks(),
                     log_),
      caddy_watcher_(readers_.caddy_cache, clock_, CaddyCallbacks()),
      requests_({.config = config,
                 .store = *store_,
                 .readiness = readiness_,
                 .metrics = metrics_,
                 .plans = plans_,
                 .policy = policy_,
                 .controller = controller_,
                 .sources = sources_,
                 .holding = holding_,
                 .webhooks = webhooks_,
                 .events = events_}),
      tokens_(tokens::TokenFileBeside(config.seal_key_file), clock_),
      streams_(clock_, changes_,
               {.may_continue = [this](const std::string& id) { return tokens_.StillValid(id); }}),
      server_(clock_, log_.With("part", "http"), LimitsOf(config),
              [this](std::string_view token) { return tokens_.Verify(token); }) {
  readers_.notifier_observer.ReadFrom(
      [this](const ResourceKey& notifier) { return dispatcher_.StateOf(notifier); });
  metrics_.ReadQueueFrom([this] {
    const auto stats = controller_.QueueStats();
    return metrics::QueueState{stats.depth, stats.oldest_age, stats.retries};
  });
  liveness_.ReadQueueFrom([this] {
    const auto stats = controller_.QueueStats();
    return Liveness::Queue{stats.depth, stats.processing, stats.oldest_age};
  });
}

void Daemon::SetDesired(std::shared_ptr<const DesiredSet> set) {
  const auto before = controller_.desired();
  const DesiredSetDiff diff = Diff(before.get(), *set);
  host_.Described(set->Find(HostResource()));
  dispatcher_.SetNotifiers(OfKind(*set, "Notifier"));
  controller_.SetDesired(std::move(set));
  changes_.DesiredChanged(diff.removed);
  resync_.DesiredChanged();
}

void Daemon::NoteRequest(const EngineRequest& request) {
  const std::string answer = request.status == 0 ? "unavailable" : std::to_string(request.status);
  metrics_.EngineRequest(request.engine, request.method, answer, request.took);
  if (CurrentCorrelation().empty()) return;
  log_.With("reconcile_id", CurrentCorrelation())
      .With("engine", request.engine)
      .With("method", request.method)
      .With("path", request.path)
      .With("answer", answer)
      .With("took", FormatElapsed(request.took))
      .Debug("engine call");
}

/// Kept before anything goes because of it, and told when something else is held.
void Daemon::KeepPrune(const PruneState& state) {
  const std::vector<HeldPrune> before = host_.Prune().held;
  host_.PruneJudged(state);
  std::map<std::string, size_t> resources;
  for (const std::string& source : SourceNames(config_)) resources[source] = 0;
  if (resources.size() > 1) resources[""] = 0;
  for (const HeldPrune& held : state.held) resources[held.source] += held.resources.size();
  for (const auto& [source, count] : resources) metrics_.SetHeldDeletes(source, count);
  for (const HeldPrune& held : state.held) {
    if (std::ranges::find(before, held.confirm, &HeldPrune::confirm) != before.end()) continue;
    log_.With("source", held.source)
        .With("resources", held.resources.size())
        .With("confirm", held.confirm)
        .Warn("deletes are held");
    events_.Record(Severity::kError, HostResource(), held.reason, held.message, "");
  }
}

docker::EventWatcher::Callbacks Daemon::DockerCallbacks() {
  return {
      .on_gap =
          [this] {
            controller_.ForgetFailures();
            resync_.Request();
          },
      .on_event =
          [this](const std::vector<ResourceKey>& keys) { controller_.Wake(keys, Trigger::kDrift); },
      .on_reachable =
          [this](const Status& status) {
            readiness_.Set("engine", status.has_value(), status ? "" : status.error().ToString());
            host_.Engine(status);
          }};
}

caddy::CaddyWatcher::Callbacks Daemon::CaddyCallbacks() {
  return {.on_change = [this] { WakeSites(); },
          .on_reachable =
              [this](bool reachable, const std::string& text) {
                readiness_.Set("caddy", reachable, text);
                host_.Gateway(reachable ? Status() : Fail(ErrorCode::kUnavailable, text));
                if (!reachable) return;
                controller_.ForgetFailures();
                WakeSites();
              }};
}

void Daemon::WakeSites() {
  const auto set = controller_.desired();
  if (!set) return;
  std::vector<ResourceKey> keys;
  for (const ResourcePtr& site : OfKind(*set, "Site")) keys.push_back(site->key);
  controller_.Wake(keys, Trigger::kDrift);
}

Status Daemon::Listen() {
  MOORING_TRY(const std::vector<web::Listener> listeners, ListenersOf(config_));
  http::RegisterApi(server_, requests_.Backend(), streams_,
                    {.metrics_token = config_.metrics_token});
  return server_.Start(listeners);
}

void Daemon::StartThreads() {
  threads_.emplace_back([this](std::stop_token stop) { resync_.Run(stop); });
  threads_.emplace_back([this](std::stop_token stop) { dispatcher_.Run(stop); });
  sources_.Start(threads_);
  if (config_.docker_enabled) {
    threads_.emplace_back([this](std::stop_token stop) { event_watcher_.Run(stop); });
    threads_.emplace_back([this](std::stop_token stop) {
      const Status ended =
          readers_.hosts.Watch([this] { controller_.WakeAll(Trigger::kDrift); }, stop);
      if (!ended) log_.With("error", ended.error().ToString()).Warn("hosts file is not watched");
    });
  }
  threads_.emplace_back([this](std::stop_token stop) {
    SteadyTime sweep = clock_.Steady() + kDetailSweep;
    SteadyTime trim = clock_.Steady() + kTrim;
    while (holding_.EndUntil(clock_.Steady() + kLoadLook, stop)) {
      autoscaling_.Look(stop);
      if (clock_.Steady() < trim) continue;
      trim = clock_.Steady() + kTrim;
      ::malloc_trim(0);
      if (clock_.Steady() < sweep) continue;
      sweep = clock_.Steady() + kDetailSweep;
      readers_.docker_observer.ForgetDetails();
      events_.DropOld();
      applied_.DropUnused();
      resync_.Request();
    }
  });
  if (config_.caddy_enabled) {
    threads_.emplace_back([this](std::stop_token stop) { caddy_watcher_.Run(stop); });
  }
}

void Daemon::TakeOver(const Config& config) {
  log_.Configure(config.log_level, config.log_format);
  events_.SetRetention(config.keep_events);
  controller_.SetMaxBackoff(config.max_backoff);
  holding_.SetDefault(config.manual_suspend_for);
  writers_.SetMinReloadInterval(config.min_reload_interval);
  readers_.engine_pace.SetLimits(EngineLimitsOf(config));
  readers_.site_planner.SetAcmeEmail(config.acme_email);
  sources_.SetPollIntervals(config);
  WakeSites();
}

void Daemon::StoreReplaced(const std::string& note) {
  log_.With("note", note).Warn("store opened");
  events_.Record(Severity::kWarning, HostResource(), reason::kAdopted, note, "");
}

/// "following main@4b1c9e2, 12 resources, 11 ready"
std::string Daemon::StatusLine() const {
  const auto set = controller_.desired();
  if (!set) return "waiting for the first good revision of " + config_.sources.front().name;
  const metrics::ResourceTotals totals = metrics_.CountResources();
  return fmt::format("following {}, {}, {} ready", ShortRevision(set->revision()),
                     Count(totals.known, "resource"), totals.ready);
}

Status Daemon::Run(ReloadRequest& reload, std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(Listen());
  holding_.TellDamage();
  controller_.Start();
  StartThreads();
  readiness_.Set("store", true, "");
  log_.With("version", kVersion).With("host", config_.host_name).Info("mooring runs");
  Supervision(ServiceManager::FromEnvironment(), reload,
              {.reload =
                   [this] {
                     reloader_.ReadAgain();
                     webhooks_.ReadAgain(reloader_.running());
                   },
               .status = [this] { return StatusLine(); },
               .stuck = [this] { return liveness_.Stuck(); }},
              clock_, log_)
      .Run(stop);
  log_.Info("stopping; workloads keep running");
  for (std::jthread& thread : threads_) thread.request_stop();
  // Within the timeout the workers drain, the threads end and the last answers are sent.
  const Duration drain = reloader_.running().shutdown_timeout - 2 * kHttpGrace;
  controller_.Stop(clock_.Steady() + std::max<Duration>(drain, std::chrono::seconds(1)));
  writers_.Stop();
  threads_.clear();
  server_.Stop(clock_.Steady() + kHttpGrace);
  log_.Info("stopped");
  return {};
}

}  // namespace

Status RunDaemon(const Config& config, const ReadConfig& read, ReloadRequest& reload,
                 std::stop_token stop) {
  // No secret that is in memory may come into a file, or before another program.
  constexpr rlimit kNoCore{0, 0};
  ::setrlimit(RLIMIT_CORE, &kNoCore);
  ::prctl(PR_SET_DUMPABLE, 0);
  // Each thread's own heap would keep what its largest answer once took.
  ::mallopt(M_ARENA_MAX, kHeaps);
  ::mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  const Log log = Log::ToStderr(config.log_level, config.log_format);
  for (const std::string& warning : config.warnings)
    log.With("what", warning).Warn("configuration");
  MOORING_TRY(const HostKey key, HostKey::LoadOrCreate(config.seal_key_file));
  SystemClock clock;
  MOORING_RETURN_IF_ERROR(tokens::EnsureCliToken(config.seal_key_file, clock));
  MOORING_TRY(std::unique_ptr<RocksDbStore> store, RocksDbStore::Open(config.store_path, clock));
  const std::string note = store->note();
  Daemon daemon(config, read, key, std::move(store), log);
  if (!note.empty()) daemon.StoreReplaced(note);
  return daemon.Run(reload, stop);
}

}  // namespace mooring::cli
