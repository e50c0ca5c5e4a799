// SPDX-License-Identifier: Apache-2.0
#include "controller/metrics/metrics.h"

#include <cstdio>
#include <fstream>

namespace mooring::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MetricsTest : public ::testing::Test {
 protected:
  Metrics metrics_{{.version = "0.1.0",
                    .revision = "4b1c9e2",
                    .kinds = {"App", "Site"},
                    .error_reasons = {"ApplyFailed", "ObservationFailed"},
                    .sources = {"fleet"}}};
};

TEST_F(MetricsTest, KnownSeriesStartAtZero) {
  const std::string text = metrics_.Render();
  for (const char* line :
       {"mooring_build_info{revision=\"4b1c9e2\",version=\"0.1.0\"} 1\n",
        "mooring_reconcile_total{kind=\"App\",outcome=\"Stalled\"} 0\n",
        "mooring_reconcile_errors_total{kind=\"Site\",reason=\"ApplyFailed\"} 0\n",
        "mooring_reconcile_duration_seconds_count{kind=\"App\"} 0\n", "mooring_queue_depth 0\n",
        "mooring_queue_retries_total 0\n", "mooring_drift_found_total{kind=\"App\"} 0\n",
        "mooring_source_fetch_errors_total{source=\"fleet\"} 0\n",
        "mooring_engine_requests_total{code=\"200\",engine=\"docker\",method=\"GET\"} 0\n",
        "mooring_engine_request_duration_seconds_count{engine=\"caddy\",method=\"POST\"} 0\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(MetricsTest, CountsWhatHappens) {
  using std::chrono::milliseconds;
  metrics_.Reconciled("App", "Done", milliseconds(38));
  metrics_.Reconciled("App", "Done", milliseconds(2));
  metrics_.ReconcileFailed("App", "ImagePullFailed");
  metrics_.DriftFound("App", 3);
  metrics_.DriftCorrected("App", 2);
  metrics_.SourceFetched("fleet", Time(std::chrono::seconds(1'772'373'600)));
  metrics_.SourceFetchFailed("fleet");
  metrics_.EngineRequest("docker", "POST", "201", milliseconds(4));
  metrics_.ReadQueueFrom([] { return QueueState{7, milliseconds(1500), 4}; });
  const std::string text = metrics_.Render();
  for (const char* line :
       {"mooring_reconcile_total{kind=\"App\",outcome=\"Done\"} 2\n",
        "mooring_reconcile_duration_seconds_bucket{kind=\"App\",le=\"0.005\"} 1\n",
        "mooring_reconcile_duration_seconds_sum{kind=\"App\"} 0.04\n",
        "mooring_reconcile_errors_total{kind=\"App\",reason=\"ImagePullFailed\"} 1\n",
        "mooring_drift_found_total{kind=\"App\"} 3\n",
        "mooring_drift_corrected_total{kind=\"App\"} 2\n",
        "mooring_source_last_fetch_timestamp_seconds{source=\"fleet\"} 1772373600\n",
        "mooring_source_fetch_errors_total{source=\"fleet\"} 1\n",
        "mooring_engine_requests_total{code=\"201\",engine=\"docker\",method=\"POST\"} 1\n",
        "mooring_queue_depth 7\n", "mooring_queue_oldest_age_seconds 1.5\n",
        "mooring_queue_retries_total 4\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(MetricsTest, ResourcesComeAndGo) {
  metrics_.SetResource("App", "default", "shop", {.ready = true, .drifted = true});
  metrics_.SetResource("Site", "default", "a\"b\\c", {});
  std::string text = metrics_.Render();
  EXPECT_THAT(text, HasSubstr("mooring_resource_ready{kind=\"App\",namespace=\"default\","
                              "name=\"shop\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mooring_resource_drifted{kind=\"App\",namespace=\"default\","
                              "name=\"shop\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("mooring_resource_suspended{kind=\"App\",namespace=\"default\","
                              "name=\"shop\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("name=\"a\\\"b\\\\c\"} 0\n"));
  metrics_.SetResource("App", "default", "shop", {.ready = false});
  EXPECT_THAT(metrics_.Render(), HasSubstr("mooring_resource_ready{kind=\"App\","
                                           "namespace=\"default\",name=\"shop\"} 0\n"));
  metrics_.RemoveResource("App", "default", "shop");
  metrics_.RemoveResource("App", "default", "never-there");
  EXPECT_THAT(metrics_.Render(), Not(HasSubstr("shop")));
}

TEST_F(MetricsTest, AJobsLastSuccessGoesWithItsApp) {
  metrics_.JobFinished("default", "shop", "report", "Failed");
  metrics_.SetJobSuccess("default", "shop", "report", Time(std::chrono::seconds(1000)));
  metrics_.SetJobSuccess("default", "shop", "report", Time(std::chrono::seconds(2000)));
  metrics_.SetJobSuccess("default", "other", "report", Time(std::chrono::seconds(3000)));
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("mooring_job_runs_total{job=\"report\",name=\"shop\",namespace=\"default\","
                        "outcome=\"Failed\"} 1\n"));
  const std::string success = "mooring_job_last_success_timestamp_seconds{job=\"report\",name=";
  EXPECT_THAT(metrics_.Render(), HasSubstr(success + "\"shop\",namespace=\"default\"} 2000\n"));
  metrics_.RemoveResource("App", "default", "shop");
  EXPECT_THAT(metrics_.Render(), Not(HasSubstr(success + "\"shop\"")));
  EXPECT_THAT(metrics_.Render(), HasSubstr(success + "\"other\""));
}

TEST_F(MetricsTest, TheCountsOfItsServicesGoWithAnApp) {
  metrics_.SetReplicas("default", "shop", "web", 2);
  metrics_.SetReplicas("default", "shop", "web", 3);
  const std::string replicas =
      "mooring_app_replicas{name=\"shop\",namespace=\"default\",service=\"web\"}";
  EXPECT_THAT(metrics_.Render(), HasSubstr(replicas + " 3\n"));
  metrics_.RemoveResource("App", "default", "shop");
  EXPECT_THAT(metrics_.Render(), Not(HasSubstr(replicas)));
}

TEST_F(MetricsTest, ASourceHasOneRevision) {
  EXPECT_THAT(metrics_.Render(), Not(HasSubstr("mooring_source_revision_info{")));
  metrics_.SetSourceRevision("fleet", "main@sha1:aaa");
  metrics_.SetSourceRevision("fleet", "main@sha1:aaa");
  metrics_.SetSourceRevision("fleet", "main@sha1:bbb");
  metrics_.SetSourceRevision("other", "main@sha1:aaa");
  const std::string text = metrics_.Render();
  EXPECT_THAT(text, Not(HasSubstr("{revision=\"main@sha1:aaa\",source=\"fleet\"}")));
  EXPECT_THAT(text, HasSubstr("{revision=\"main@sha1:bbb\",source=\"fleet\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("{revision=\"main@sha1:aaa\",source=\"other\"} 1\n"));
}

TEST_F(MetricsTest, TellsAboutTheProcess) {
  const std::string text = metrics_.Render();
  for (const char* name :
       {"process_resident_memory_bytes ", "process_virtual_memory_bytes ", "process_open_fds ",
        "process_max_fds ", "process_start_time_seconds "}) {
    const size_t at = text.find(std::string("\n") + name);
    ASSERT_NE(at, std::string::npos) << name;
    EXPECT_GT(std::strtod(text.c_str() + at + 1 + std::string_view(name).size(), nullptr), 0)
        << name;
  }
  EXPECT_THAT(text, HasSubstr("\nprocess_cpu_seconds_total "));
}

TEST_F(MetricsTest, ReportsFromManyThreads) {
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&, t] {
        const std::string name = "app-" + std::to_string(t);
        for (int i = 0; i < 200; ++i) {
          metrics_.Reconciled("App", "Done", std::chrono::milliseconds(i));
          metrics_.SetResource("App", "default", name, {.ready = i % 2 == 0});
          metrics_.SetSourceRevision("fleet", name);
          if (i % 50 == 0) metrics_.Render();
          metrics_.RemoveResource("App", "default", name);
        }
      });
    }
  }
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("mooring_reconcile_total{kind=\"App\",outcome=\"Done\"} 1200\n"));
}

TEST_F(MetricsTest, PromtoolHasNothingToSay) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "no promtool";
  metrics_.SetResource("App", "default", "shop", {.ready = true});
  metrics_.SetSourceRevision("fleet", "main@sha1:aaa");
  FILE* promtool = ::popen("promtool check metrics", "w");
  ASSERT_NE(promtool, nullptr);
  const std::string text = metrics_.Render();
  ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), promtool), text.size());
  EXPECT_EQ(::pclose(promtool), 0) << "promtool check metrics found a fault, see above";
}

TEST_F(MetricsTest, TenThousandResourcesRender) {
  constexpr int kResources = 10'000;
  for (int i = 0; i < kResources; ++i) {
    metrics_.SetResource("App", "team-blue", "application-" + std::to_string(i), {.ready = true});
  }
  const auto begin = std::chrono::steady_clock::now();
  const std::string text = metrics_.Render();
  const auto elapsed = std::chrono::steady_clock::now() - begin;
  RecordProperty("render_us", std::to_string(elapsed / std::chrono::microseconds(1)));
  EXPECT_GT(std::count(text.begin(), text.end(), '\n'), 3 * kResources);
}

}  // namespace
}  // namespace mooring::metrics
