// SPDX-License-Identifier: Apache-2.0
// One container against its spec: what the engine makes of a create body is no drift, what a hand
// changes is, under the name of the field.
#include "reconcilers/docker/plan/container_spec.h"

#include <gtest/gtest.h>

#include "tests/support/docker/docker_loop.h"
#include "tests/support/docker/fake_engine_json.h"
#include "tests/support/docker/vocabulary.h"

namespace mooring::docker {
namespace {

const ImageInfo kImage{
    .id = "sha256:1",
    .config = {
        {"Env", {"PATH=/bin", "A=image"}},
        {"Cmd", {"serve"}},
        {"Entrypoint", {"/entry"}},
        {"User", "app"},
        {"WorkingDir", "/srv/"},
        {"StopSignal", "SIGQUIT"},
        {"Healthcheck", {{"Test", {"CMD", "true"}}, {"Interval", 7000000000}, {"Retries", 4}}}}};

struct Made {
  AppSpec app;
  ObservedContainer container;
  const ServiceSpec& service() const { return app.services.front(); }
};

/// The container that the engine makes for this service.
Made Make(const Json& service) {
  Json spec = {{"services", {{"web", service}}}};
  Made made{.app = ParseApp(testing::MakeApp("shop", spec))};
  const Json body = CreateBody(made.app, made.service());
  auto details = std::make_shared<ContainerDetails>();
  details->config = testing::EngineConfig(body, kImage);
  details->host_config = testing::EngineHostConfig(body);
  made.container.details = details;
  made.container.summary =
      std::make_shared<docker::ContainerSummary>(ContainerSummary{.labels = made.service().labels});
  return made;
}

std::string Paths(const std::vector<FieldDiff>& diffs) {
  std::string text;
  for (const FieldDiff& d : diffs)
    text += fmt::format("{}: {} -> {}\n", d.path, d.actual, d.desired);
  return text;
}

const std::vector<Json> kServices = {
    {{"image", "web:1"}},
    {{"image", "web:1"}, {"command", {"a", "b"}}},
    {{"image", "web:1"}, {"command", Json::array()}},
    {{"image", "web:1"}, {"entrypoint", {"/other"}}},
    {{"image", "web:1"}, {"entrypoint", Json::array()}},
    {{"image", "web:1"}, {"entrypoint", Json::array()}, {"command", {"a"}}},
    {{"image", "web:1"}, {"environment", {{"A", "mine"}, {"EMPTY", ""}, {"EQ", "a=b=c"}}}},
    {{"image", "web:1"},
     {"user", "1000:1000"},
     {"working_dir", "/x/../y/"},
     {"hostname", "box"},
     {"stop_signal", "SIGTERM"}},
    {{"image", "web:1"}, {"healthcheck", {{"interval", "3s"}}}},
    {{"image", "web:1"},
     {"healthcheck",
      {{"test", {"CMD-SHELL", "x"}}, {"timeout", "2s"}, {"start_period", "1m"}, {"retries", 9}}}},
    {{"image", "web:1"}, {"healthcheck", {{"disable", true}}}},
    {{"image", "web:1"}, {"healthcheck", Json::object()}},
    {{"image", "web:1"},
     {"volumes",
      {{{"type", "volume"}, {"source", "data"}, {"target", "/data/"}},
       {{"type", "volume"}, {"target", "/anonymous"}},
       {{"type", "bind"}, {"source", "/etc"}, {"target", "/e"}, {"read_only", true}},
       {{"type", "tmpfs"}, {"target", "/t"}, {"tmpfs", {{"size", "64m"}, {"mode", "0700"}}}}}}},
    {{"image", "web:1"},
     {"ports",
      {{{"target", 80}},
       {{"target", 53}, {"protocol", "udp"}, {"published", 5353}},
       {{"target", 81}, {"published", 8081}, {"host_ip", "0.0.0.0"}}}}},
    {{"image", "web:1"},
     {"tmpfs", {"/run:size=1m", "/tmp"}},
     {"cap_drop", {"net_admin", "CAP_CHOWN"}},
     {"init", true},
     {"read_only", true},
     {"privileged", true}},
    {{"image", "web:1"},
     {"restart", "on-failure:3"},
     {"deploy", {{"resources", {{"limits", {{"memory", "512M"}, {"cpus", "0.5"}}}}}}}},
    {{"image", "web:1"}, {"labels", {{"a", ""}, {"b.c/d", "x"}}}},
};

TEST(ContainerSpec, WhatTheEngineMakesOfItIsNoDrift) {
  for (const Json& service : kServices) {
    SCOPED_TRACE(service.dump());
    const Made made = Make(service);
    EXPECT_EQ(Paths(CompareContainer(made.app, made.service(), made.container, &kImage)), "");
    EXPECT_EQ(Paths(CompareContainer(made.app, made.service(), made.container, nullptr)), "")
        << "image gone";
    EXPECT_EQ(Paths(CompareInPlace(made.service(), *made.container.details)), "");
  }
}

TEST(ContainerSpec, NoFieldOfTheVocabularyIsFalseDrift) {
  for (const testing::VocabularyCase& c : testing::Vocabulary()) {
    SCOPED_TRACE(c.what);
    Json service = c.service;
    service["image"] = "web:1";
    const Made made = Make(service);
    EXPECT_EQ(Paths(CompareContainer(made.app, made.service(), made.container, &kImage)), "");
    EXPECT_EQ(Paths(CompareInPlace(made.service(), *made.container.details)), "");
  }
}

TEST(ContainerSpec, EachFieldOfTheVocabularyIsFoundOnAContainerWithoutIt) {
  // What says no more than the usual, or only how containers are treated, is no difference.
  const std::set<std::string> kUsual = {"isolation", "scale",    "expose",
                                        "stop",      "platform", "runtime"};
  const Made bare = Make({{"image", "web:1"}});
  for (const testing::VocabularyCase& c : testing::Vocabulary()) {
    if (kUsual.contains(c.what)) continue;
    SCOPED_TRACE(c.what);
    Json service = c.service;
    service["image"] = "web:1";
    const Made made = Make(service);
    auto diffs = CompareContainer(made.app, made.service(), bare.container, &kImage);
    const auto in_place = CompareInPlace(made.service(), *bare.container.details);
    diffs.insert(diffs.end(), in_place.begin(), in_place.end());
    EXPECT_FALSE(diffs.empty() && c.what != "security_opt systempaths");
    for (const FieldDiff& diff : diffs) {
      const std::string field = diff.path.substr(sizeof("services.web.") - 1);
      const std::string first = field.substr(0, field.find('.'));
      EXPECT_TRUE(c.service.contains(first) || first == "restart") << field;
    }
  }
}

TEST(ContainerSpec, EverySpecHasItsOwnDigest) {
  const HostKey key = HostKey::FromBytes(std::string(32, 'k'));
  std::map<std::string, std::string> seen;
  for (const Json& service : kServices) {
    // An empty list or object says what leaving it out says; limits and restart change in place.
    if (service.contains("restart") || service.value("command", Json({1})).empty() ||
        service.value("healthcheck", Json({1})).empty())
      continue;
    const Made made = Make(service);
    const auto [other, fresh] =
        seen.try_emplace(ServiceDigest(key, made.app, made.service()), service.dump());
    EXPECT_TRUE(fresh) << service.dump() << " and " << other->second;
  }
}

struct ByHand {
  const char* what;
  void (*edit)(ContainerDetails&);
  const char* diff;
};

class ChangedByHand : public ::testing::TestWithParam<ByHand> {};

TEST_P(ChangedByHand, IsFoundUnderItsName) {
  Made made = Make({{"image", "web:1"},
                    {"environment", {{"MODE", "a"}, {"API_KEY", "s"}}},
                    {"ports", {{{"target", 80}, {"published", 8080}}}},
                    {"volumes", {{{"type", "bind"}, {"source", "/etc"}, {"target", "/e"}}}}});
  ContainerDetails edited = *made.container.details;
  GetParam().edit(edited);
  made.container.details = std::make_shared<ContainerDetails>(edited);
  auto diffs = CompareContainer(made.app, made.service(), made.container, &kImage);
  const auto in_place = CompareInPlace(made.service(), edited);
  diffs.insert(diffs.end(), in_place.begin(), in_place.end());
  EXPECT_EQ(Paths(diffs), std::string("services.web.") + GetParam().diff + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Fields, ChangedByHand,
    ::testing::Values(
        ByHand{"env",
               [](auto& d) { d.config["Env"] = {"MODE=b", "API_KEY=s", "PATH=/bin", "A=image"}; },
               "environment.MODE: b -> a"},
        ByHand{"env_more", [](auto& d) { d.config["Env"].push_back("X=1"); },
               "environment.X: 1 -> (none)"},
        ByHand{"env_secret",
               [](auto& d) { d.config["Env"] = {"MODE=a", "API_KEY=t", "PATH=/bin", "A=image"}; },
               "environment.API_KEY:  -> "},
        ByHand{"cmd", [](auto& d) { d.config["Cmd"] = {"other"}; }, "command: [other] -> [serve]"},
        ByHand{"entrypoint", [](auto& d) { d.config.erase("Entrypoint"); },
               "entrypoint: (none) -> [/entry]"},
        ByHand{"user", [](auto& d) { d.config["User"] = "root"; }, "user: root -> app"},
        ByHand{"workdir", [](auto& d) { d.config["WorkingDir"] = "/"; }, "working_dir: / -> /srv"},
        ByHand{"stop_signal", [](auto& d) { d.config["StopSignal"] = "SIGINT"; },
               "stop_signal: SIGINT -> SIGQUIT"},
        ByHand{"port",
               [](auto& d) { d.host_config["PortBindings"]["80/tcp"][0]["HostPort"] = "9090"; },
               "ports: [9090:80/tcp] -> [8080:80/tcp]"},
        ByHand{"mount", [](auto& d) { d.host_config["Mounts"][0]["Source"] = "/root"; },
               "volumes: [bind /root:/e] -> [bind /etc:/e]"},
        ByHand{"bind", [](auto& d) { d.host_config["Binds"] = {"/a:/b"}; },
               "volumes: [bind /a:/b, bind /etc:/e] -> [bind /etc:/e]"},
        ByHand{"privileged", [](auto& d) { d.host_config["Privileged"] = true; },
               "privileged: true -> false"},
        ByHand{"memory", [](auto& d) { d.host_config["Memory"] = 1 << 30; },
               "deploy.resources.limits.memory: 1.0 GiB -> (none)"},
        ByHand{"pids", [](auto& d) { d.host_config["PidsLimit"] = 9; }, "pids_limit: 9 -> (none)"},
        ByHand{"shares", [](auto& d) { d.host_config["CpuShares"] = 2; },
               "cpu_shares: 2 -> (none)"},
        ByHand{"cpuset", [](auto& d) { d.host_config["CpusetCpus"] = "0"; }, "cpuset: 0 -> (none)"},
        ByHand{"restart", [](auto& d) { d.host_config["RestartPolicy"]["Name"] = ""; },
               "restart: no -> unless-stopped"}),
    [](const auto& param_info) { return param_info.param.what; });

/// What is shown when `desired` is changed by hand.
std::vector<FieldDiff> ShownDiffs(const Json& desired, const Json& config) {
  Made made = Make(desired);
  ContainerDetails edited = *made.container.details;
  edited.config.update(config);
  made.container.details = std::make_shared<ContainerDetails>(edited);
  return CompareContainer(made.app, made.service(), made.container, nullptr);
}

TEST(ContainerSpec, ValuesThatLookSecretAreNotShown) {
  for (const char* name : {"SMTP_PASS", "PGPASS", "DB_PWD", "api_secret", "GH_TOKEN", "SSH_KEY",
                           "REGISTRY_AUTH", "SENTRY_DSN", "AWS_CREDENTIALS", "PRIVATE"}) {
    const auto diffs = ShownDiffs({{"image", "web:1"}, {"environment", {{name, "old"}}}},
                                  {{"Env", {std::string(name) + "=new"}}});
    EXPECT_EQ(
        diffs,
        (std::vector<FieldDiff>{{std::string("services.web.environment.") + name, "", "", true}}));
  }
  const std::pair<const char*, bool> values[] = {{"postgres://u:pw@db/x", true},
                                                 {"see redis://:pw@cache now", true},
                                                 {"https://ghp_1@github.com", true},
                                                 {"postgres://u:p/w@db", true},
                                                 {"https://db.example/a@2", false},
                                                 {"http://db:5432/x", false},
                                                 {"a@b.example", false}};
  for (const auto& [value, secret] : values) {
    const auto one = ShownDiffs({{"image", "web:1"}, {"environment", {{"URL", value}}}},
                                {{"Env", {"URL=other"}}});
    ASSERT_EQ(one.size(), 1u);
    EXPECT_EQ(one[0].secret, secret) << value;
    EXPECT_EQ(one[0].desired, secret ? "" : value);
    const auto other = ShownDiffs({{"image", "web:1"}, {"environment", {{"URL", "other"}}}},
                                  {{"Env", {std::string("URL=") + value}}});
    EXPECT_EQ(other[0].secret, secret) << value;
  }
}

TEST(ContainerSpec, ArgumentsThatLookSecretAreNotShown) {
  const std::pair<Json, bool> commands[] = {{{"redis-server", "--requirepass", "x"}, true},
                                            {{"sh", "-c", "PGPASSWORD=x psql"}, true},
                                            {{"run", "--api-token=x"}, true},
                                            {{"curl", "-H", "Authorization: Bearer x"}, true},
                                            {{"run", "--db", "postgres://u:pw@db/x"}, true},
                                            {{"keycloak", "start", "--port=80"}, false},
                                            {{"serve", "/etc/passwd"}, false}};
  for (const auto& [command, secret] : commands) {
    SCOPED_TRACE(command.dump());
    for (const char* field : {"command", "entrypoint"}) {
      const char* theirs = field == std::string_view("command") ? "Cmd" : "Entrypoint";
      const auto diffs = ShownDiffs({{"image", "web:1"}, {field, command}}, {{theirs, {"other"}}});
      ASSERT_EQ(diffs.size(), 1u);
      EXPECT_EQ(diffs[0].path, std::string("services.web.") + field);
      EXPECT_EQ(diffs[0].secret, secret);
      EXPECT_EQ(diffs[0].desired.empty(), secret);
      EXPECT_EQ(diffs[0].actual.empty(), secret);
    }
    Json test = {"CMD"};
    test.insert(test.end(), command.begin(), command.end());
    const auto diffs = ShownDiffs({{"image", "web:1"}, {"healthcheck", {{"test", test}}}},
                                  {{"Healthcheck", {{"Test", {"CMD", "true"}}}}});
    ASSERT_EQ(diffs.size(), 1u);
    EXPECT_EQ(diffs[0].secret, secret);
  }
}

TEST(ContainerSpec, BytesThatAreNoUtf8DoNotThrow) {
  const Made made = Make({{"image", "web:1"}, {"environment", {{"A", "\xff\xfe"}}}});
  EXPECT_NO_THROW(
      ServiceDigest(HostKey::FromBytes(std::string(32, 'k')), made.app, made.service()));
}

}  // namespace
}  // namespace mooring::docker
