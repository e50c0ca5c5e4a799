// SPDX-License-Identifier: Apache-2.0
#include "controller/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>

#include "controller/base/guarded.h"
#include "controller/base/text.h"
#include "controller/metrics/declarations.h"
#include "controller/metrics/process.h"

namespace mooring::metrics {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::MetricFamily;

const Histogram::BucketBoundaries kReconcileBuckets = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                       1,     2.5,  5,     10,   30,  60,   300};
const Histogram::BucketBoundaries kEngineBuckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                    0.25,  0.5,    1,     2.5,  5,     10,   30};
constexpr std::string_view kOutcomes[] = {"Done", "Waiting", "Retry", "Stalled"};
constexpr std::string_view kWebhookResults[] = {"accepted", "ignored", "repeated",   "refused",
                                                "limited",  "invalid", "unavailable"};
constexpr std::pair<std::string_view, std::string_view> kEngineMethods[] = {
    {"docker", "GET"}, {"docker", "POST"}, {"docker", "DELETE"}, {"caddy", "GET"},
    {"caddy", "POST"}, {"caddy", "PUT"},   {"caddy", "PATCH"},   {"caddy", "DELETE"}};
constexpr std::string_view kEngineCodes[] = {"200", "unavailable"};

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

/// A family of the registry whose series are named by label values alone, in the declared order.
template <typename T>
class Series {
 public:
  Series(prometheus::Registry& registry, std::string_view name)
      : names_(Split(DeclarationOf(name).labels, ',')), family_(Build(registry, name)) {}

  prometheus::Labels Labels(const std::vector<std::string_view>& values) const {
    prometheus::Labels labels;
    for (size_t i = 0; i < values.size(); ++i) labels.emplace(names_[i], values[i]);
    return labels;
  }
  /// The series with these values, made at zero if it is new.
  template <typename... Args>
  T& Of(const std::vector<std::string_view>& values, const Args&... args) {
    return family_.Add(Labels(values), args...);
  }
  void Drop(T* series) { family_.Remove(series); }

 private:
  static auto Builder() {
    if constexpr (std::is_same_v<T, Counter>) {
      return prometheus::BuildCounter();
    } else if constexpr (std::is_same_v<T, Gauge>) {
      return prometheus::BuildGauge();
    } else {
      return prometheus::BuildHistogram();
    }
  }
  static prometheus::Family<T>& Build(prometheus::Registry& registry, std::string_view name) {
    return Builder()
        .Name(std::string(name))
        .Help(std::string(DeclarationOf(name).help))
        .Register(registry);
  }
  const std::vector<std::string> names_;
  prometheus::Family<T>& family_;
};

/// Series that go with their App, by "namespace/name".
using AppGauges = Guarded<std::map<std::string, std::vector<Gauge*>, std::less<>>>;

/// `labels`: namespace and name of the App, and one more.
void SetOfApp(AppGauges& of_apps, Series<Gauge>& series,
              const std::vector<std::string_view>& labels, double value) {
  of_apps.With([&](auto& gauges) {
    Gauge& gauge = series.Of(labels);
    gauge.Set(value);
    auto& known = gauges[fmt::format("{}/{}", labels[0], labels[1])];
    if (std::ranges::find(known, &gauge) == known.end()) known.push_back(&gauge);
  });
}

void DropOfApp(AppGauges& of_apps, Series<Gauge>& series, std::string_view ns,
               std::string_view name) {
  of_apps.With([&](auto& gauges) {
    const auto known = gauges.extract(fmt::format("{}/{}", ns, name));
    if (known.empty()) return;
    for (Gauge* gauge : known.mapped()) series.Drop(gauge);
  });
}

/// A family with one series and no labels, for what is read at scrape time.
MetricFamily Single(std::string_view name, double value) {
  const Declaration& declared = DeclarationOf(name);
  const bool counter = declared.type == Type::kCounter;
  prometheus::ClientMetric metric;
  (counter ? metric.counter.value : metric.gauge.value) = value;
  return {std::string(name),
          std::string(declared.help),
          counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge,
          {metric}};
}

void AddProcess(std::vector<MetricFamily>& families) {
  const ProcessState process = ReadProcessState();
  families.push_back(Single(kProcessCpu, process.cpu_seconds));
  families.push_back(Single(kProcessResident, process.resident_bytes));
  families.push_back(Single(kProcessVirtual, process.virtual_bytes));
  families.push_back(Single(kProcessOpenFds, process.open_fds));
  families.push_back(Single(kProcessMaxFds, process.max_fds));
  families.push_back(Single(kProcessStart, process.start_seconds));
}

}  // namespace

class Metrics::Impl {
 public:
  explicit Impl(const Known& known) {
    build_info.Of({known.version, known.revision}).Set(1);
    for (const std::string& kind : known.kinds) {
      for (const std::string_view outcome : kOutcomes) reconcile.Of({kind, outcome});
      for (const std::string& reason : known.error_reasons) reconcile_errors.Of({kind, reason});
      reconcile_duration.Of({kind}, kReconcileBuckets);
      drift_found.Of({kind});
      drift_corrected.Of({kind});
    }
    for (const std::string& source : known.sources) {
      source_last_fetch.Of({source});
      source_fetch_errors.Of({source});
      held_deletes.Of({source});
    }
    engine_throttled.Of({"docker"});
    for (const auto& [engine, method] : kEngineMethods) {
      engine_duration.Of({engine, method}, kEngineBuckets);
      for (const std::string_view code : kEngineCodes) engine_requests.Of({engine, method, code});
    }
  }

  prometheus::Registry registry;
  Series<Gauge> build_info{registry, kBuildInfo};
  Series<Counter> reconcile{registry, kReconcile};
  Series<Counter> reconcile_errors{registry, kReconcileErrors};
  Series<Histogram> reconcile_duration{registry, kReconcileDuration};
  Series<Counter> drift_found{registry, kDriftFound};
  Series<Counter> drift_corrected{registry, kDriftCorrected};
  Series<Counter> job_runs{registry, kJobRuns};
  Series<Gauge> job_last_success{registry, kJobLastSuccess};
  Series<Gauge> app_replicas{registry, kAppReplicas};
  AppGauges job_gauges;
  AppGauges replica_gauges;
  Series<Gauge> source_revision{registry, kSourceRevision};
  Series<Gauge> source_last_fetch{registry, kSourceLastFetch};
  Series<Counter> source_fetch_errors{registry, kSourceFetchErrors};
  Series<Gauge> source_verified{registry, kSourceVerified};
  Series<Counter> webhook_deliveries{registry, kWebhookDeliveries};
  Series<Gauge> held_deletes{registry, kHeldDeletes};
  Series<Histogram> engine_duration{registry, kEngineDuration};
  Series<Counter> engine_requests{registry, kEngineRequests};
  Series<Counter> engine_throttled{registry, kEngineThrottled};
  Guarded<std::map<std::string, Gauge*, std::less<>>> revisions;  ///< the one shown, by source
  Guarded<ResourceGauges> resources;
  Guarded<std::function<QueueState()>> read_queue;
};

Metrics::Metrics(const Known& known) : impl_(std::make_unique<Impl>(known)) {}
Metrics::~Metrics() = default;

void Metrics::Reconciled(std::string_view kind, std::string_view outcome, Duration elapsed) {
  impl_->reconcile.Of({kind, outcome}).Increment();
  impl_->reconcile_duration.Of({kind}, kReconcileBuckets).Observe(Seconds(elapsed));
}

void Metrics::ReconcileFailed(std::string_view kind, std::string_view reason) {
  impl_->reconcile_errors.Of({kind, reason}).Increment();
}

void Metrics::DriftFound(std::string_view kind, size_t fields) {
  impl_->drift_found.Of({kind}).Increment(static_cast<double>(fields));
}

void Metrics::DriftCorrected(std::string_view kind, size_t fields) {
  impl_->drift_corrected.Of({kind}).Increment(static_cast<double>(fields));
}

void Metrics::SetResource(std::string_view kind, std::string_view ns, std::string_view name,
                          ResourceState state) {
  impl_->resources.With([&](ResourceGauges& gauges) { gauges.Set(kind, ns, name, state); });
}

void Metrics::JobFinished(std::string_view ns, std::string_view name, std::string_view job,
                          std::string_view outcome) {
  impl_->job_runs.Of({ns, name, job, outcome}).Increment();
}

void Metrics::SetJobSuccess(std::string_view ns, std::string_view name, std::string_view job,
                            Time when) {
  SetOfApp(impl_->job_gauges, impl_->job_last_success, {ns, name, job},
           Seconds(when.time_since_epoch()));
}

void Metrics::SetReplicas(std::string_view ns, std::string_view name, std::string_view service,
                          int replicas) {
  SetOfApp(impl_->replica_gauges, impl_->app_replicas, {ns, name, service}, replicas);
}

void Metrics::RemoveResource(std::string_view kind, std::string_view ns, std::string_view name) {
  if (kind == "App") {
    DropOfApp(impl_->job_gauges, impl_->job_last_success, ns, name);
    DropOfApp(impl_->replica_gauges, impl_->app_replicas, ns, name);
  }
  impl_->resources.With([&](ResourceGauges& gauges) { gauges.Remove(kind, ns, name); });
}

ResourceTotals Metrics::CountResources() const {
  return impl_->resources.With([](const ResourceGauges& gauges) { return gauges.Totals(); });
}

void Metrics::SourceFetched(std::string_view source, Time when) {
  impl_->source_last_fetch.Of({source}).Set(Seconds(when.time_since_epoch()));
}

void Metrics::SourceFetchFailed(std::string_view source) {
  impl_->source_fetch_errors.Of({source}).Increment();
}

void Metrics::SetSourceRevision(std::string_view source, std::string_view revision) {
  impl_->revisions.With([&](auto& shown) {
    Gauge& now = impl_->source_revision.Of({source, revision});
    Gauge*& slot = shown.try_emplace(std::string(source), nullptr).first->second;
    if (slot != nullptr && slot != &now) impl_->source_revision.Drop(slot);
    slot = &now;
    now.Set(1);
  });
}

void Metrics::SetSourceVerified(std::string_view source, bool verified) {
  impl_->source_verified.Of({source}).Set(verified ? 1 : 0);
}

void Metrics::AddWebhook(std::string_view webhook) {
  for (const std::string_view result : kWebhookResults)
    impl_->webhook_deliveries.Of({webhook, result});
}

void Metrics::WebhookDelivered(std::string_view webhook, std::string_view result) {
  impl_->webhook_deliveries.Of({webhook, result}).Increment();
}

void Metrics::SetHeldDeletes(std::string_view source, size_t resources) {
  impl_->held_deletes.Of({source}).Set(static_cast<double>(resources));
}

void Metrics::EngineRequest(std::string_view engine, std::string_view method, std::string_view code,
                            Duration elapsed) {
  impl_->engine_requests.Of({engine, method, code}).Increment();
  impl_->engine_duration.Of({engine, method}, kEngineBuckets).Observe(Seconds(elapsed));
}

void Metrics::EngineThrottled(std::string_view engine, Duration waited) {
  impl_->engine_throttled.Of({engine}).Increment(Seconds(waited));
}

void Metrics::ReadQueueFrom(std::function<QueueState()> read) {
  impl_->read_queue.With([&](auto& slot) { slot = std::move(read); });
}

std::string Metrics::Render() const {
  std::vector<MetricFamily> families = impl_->registry.Collect();
  const auto read_queue = impl_->read_queue.With([](const auto& read) { return read; });
  const QueueState queue = read_queue ? read_queue() : QueueState{};
  families.push_back(Single(kQueueDepth, static_cast<double>(queue.depth)));
  families.push_back(Single(kQueueOldestAge, Seconds(queue.oldest_age)));
  families.push_back(Single(kQueueRetries, static_cast<double>(queue.retries)));
  AddProcess(families);
  std::string text = prometheus::TextSerializer().Serialize(families);
  impl_->resources.With([&](const ResourceGauges& gauges) { gauges.AppendTo(text); });
  return text;
}

}  // namespace mooring::metrics
