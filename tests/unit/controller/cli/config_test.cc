// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Config Parse(const std::string& text, std::vector<std::string>* problems) {
  Diagnostics found;
  Config config = ParseConfig("mooring.yaml", text, &found);
  for (const Diagnostic& problem : found) problems->push_back(problem.ToString());
  return config;
}

Config Good(const std::string& text) {
  std::vector<std::string> problems;
  Config config = Parse(text, &problems);
  EXPECT_THAT(problems, IsEmpty());
  return config;
}

std::vector<std::string> Problems(const std::string& text) {
  std::vector<std::string> problems;
  Parse(text, &problems);
  return problems;
}

TEST(Config, AnEmptyFileIsTheDefaults) {
  const Config config = Good("");
  EXPECT_TRUE(config.sources.empty());
  EXPECT_FALSE(config.host_name.empty());
  EXPECT_EQ(config.ApiSocket(), "/run/mooring/mooring.sock");
  EXPECT_GE(config.workers, 2);
  EXPECT_LE(config.workers, 16);
  EXPECT_EQ(Good("# only a comment\n"), config);
  EXPECT_EQ(Good("docker:\nlog:\n"), config);
}

TEST(Config, EveryKeyIsRead) {
  const Config config = Good(R"(host: {name: harbour-1}
sources:
  - name: apps
    url: file:///srv/fleet.git
    ref: {tag: v1}
    path: hosts/one
    pollInterval: 5m
docker: {enabled: false, socket: /x/docker.sock, addressPool: 10.9.0.0/20, hostsFile: /x/hosts}
caddy:
  enabled: false
  admin: localhost:2019
  foreign: adopt
  acmeEmail: ops@example.com
  minReloadInterval: 3s
  httpListen: [":8080"]
  httpsListen: [":8443", "127.0.0.1:9443"]
secrets: {sealKeyFile: /x/seal}
store: {path: /x/store, keepEvents: 7d}
http: {listen: ["127.0.0.1:9000", "unix:/x/api.sock"]}
loop: {workers: 3, maxBackoff: 5m, shutdownTimeout: 4s}
log: {level: debug, format: json}
)");
  EXPECT_EQ(config.host_name, "harbour-1");
  ASSERT_EQ(config.sources.size(), 1U);
  const SourceConfig& source = config.sources[0];
  EXPECT_EQ(source.name, "apps");
  EXPECT_EQ(source.url, "file:///srv/fleet.git");
  EXPECT_EQ(source.branch, "");
  EXPECT_EQ(source.tag, "v1");
  EXPECT_EQ(source.path, "hosts/one");
  EXPECT_EQ(source.poll_interval, 5min);
  EXPECT_FALSE(config.docker_enabled);
  EXPECT_EQ(config.docker_socket, "/x/docker.sock");
  EXPECT_EQ(config.address_pool.ToString(), "10.9.0.0/20");
  EXPECT_EQ(config.hosts_file, "/x/hosts");
  EXPECT_FALSE(config.caddy_enabled);
  EXPECT_EQ(config.caddy_admin, "localhost:2019");
  EXPECT_TRUE(config.caddy_adopt);
  EXPECT_EQ(config.acme_email, "ops@example.com");
  EXPECT_EQ(config.min_reload_interval, 3s);
  EXPECT_THAT(config.http_listen, ElementsAre(":8080"));
  EXPECT_THAT(config.https_listen, ElementsAre(":8443", "127.0.0.1:9443"));
  EXPECT_EQ(config.seal_key_file, "/x/seal");
  EXPECT_EQ(config.store_path, "/x/store");
  EXPECT_EQ(config.keep_events, 24h * 7);
  EXPECT_EQ(config.ApiSocket(), "/x/api.sock");
  EXPECT_EQ(config.workers, 3);
  EXPECT_EQ(config.max_backoff, 5min);
  EXPECT_EQ(config.shutdown_timeout, 4s);
  EXPECT_EQ(config.log_level, LogLevel::kDebug);
  EXPECT_EQ(config.log_format, LogFormat::kJson);
}

TEST(Config, EveryProblemIsToldWithItsKeyAndLine) {
  EXPECT_THAT(
      Problems(R"(host: {name: [a]}
docker: {enabled: "yes", addressPool: 10.0.0.0/30}
caddy:
  admin: somewhere
  foreign: replace
  httpListen: []
store: {keepEvents: 15 days}
http: {listen: ["0.0.0.0:80", [x]]}
loop: {workers: 17, maxBackoff: 0s}
log: loud
)"),
      ElementsAre(
          "mooring.yaml:1:14: host.name must be a single value, got a list",
          "mooring.yaml:2:19: docker.enabled must be true or false",
          "mooring.yaml:2:39: docker.addressPool: \"10.0.0.0/30\" is not an IPv4 subnet of /24 or "
          "larger; write one such as 10.201.0.0/16",
          "mooring.yaml:4:10: caddy.admin \"somewhere\" is no admin address; write "
          "unix//run/caddy/admin.sock or localhost:2019",
          "mooring.yaml:5:12: caddy.foreign must be one of refuse, adopt, got \"replace\"",
          "mooring.yaml:6:15: caddy.httpListen must be a list with at least one entry",
          "mooring.yaml:7:21: store.keepEvents: \"15 days\" is not a duration; write one such as "
          "30s, 10m or 7d",
          "mooring.yaml:8:17: http.listen: \"0.0.0.0:80\" is no address to listen on: only "
          "loopback and unix sockets are allowed; put a proxy in front to reach it from elsewhere",
          "mooring.yaml:8:31: http.listen must be a single value, got a list",
          "mooring.yaml:9:17: loop.workers must be a number from 1 to 16, got \"17\"",
          "mooring.yaml:9:33: loop.maxBackoff: \"0s\" is not a duration; write one such as 30s, "
          "10m or 7d",
          "mooring.yaml:10:6: log must be a map of keys"));
}

TEST(Config, ASourceIsChecked) {
  EXPECT_THAT(Problems("sources: []\n"),
              ElementsAre("mooring.yaml:1:10: sources must be a list with at least one entry"));
  EXPECT_THAT(Problems("sources: [{name: x}]\n"),
              ElementsAre("mooring.yaml:1:11: sources.url is missing; write the address of a Git "
                          "repository, such as https://git.example.com/example/fleet.git or "
                          "/srv/fleet.git"));
  EXPECT_THAT(Problems("sources: [{url: /x}, {url: /y}]\n"),
              ElementsAre("mooring.yaml:1:22: two sources have the name \"fleet\"; give each its "
                          "own name"));
  EXPECT_THAT(Problems("sources: [{url: /x, name: My Fleet}]\n"),
              ElementsAre(HasSubstr("\"My Fleet\" is not a name; use a-z, 0-9 and -")));
  EXPECT_THAT(Problems("sources: [{url: /x, ref: {branch: a, tag: b}}]\n"),
              ElementsAre("mooring.yaml:1:26: sources.ref must have exactly one of branch, tag, "
                          "commit; write ref: {branch: main}"));
  EXPECT_THAT(Problems("sources: [{url: /x, ref: {head: a}}]\n"),
              ElementsAre("mooring.yaml:1:27: unknown key \"head\" in sources.ref; it knows "
                          "branch, tag, commit"));
  EXPECT_THAT(Problems("sources: [{url: /x, ref: {branch: }}]\n"),
              ElementsAre(::testing::HasSubstr("sources.ref.branch must be a single value")));
}

TEST(Config, SeveralSourcesHaveEachTheirOwnKeys) {
  const Config config = Good(R"(sources:
  - name: fleet
    url: ssh://git@git.example.com/example/fleet.git
    ref: {branch: main}
    ignore: [daemon/]
    timeout: 10s
    auth: {privateKeyFile: /etc/mooring/keys/deploy, knownHostsFile: /etc/mooring/keys/known_hosts}
  - name: shop
    url: https://git.example.com/example/shop.git
    ref: {commit: 4b1c9e2a7d5503f1c8e6a9b2d4f70c3e5a1b8d96}
    auth: {username: bot, tokenFile: /etc/mooring/keys/token}
)");
  ASSERT_EQ(config.sources.size(), 2U);
  const SourceConfig& fleet = config.sources[0];
  EXPECT_EQ(fleet.branch, "main");
  EXPECT_THAT(fleet.ignore, ElementsAre("daemon/"));
  EXPECT_EQ(fleet.timeout, 10s);
  EXPECT_EQ(fleet.auth.private_key_file, "/etc/mooring/keys/deploy");
  EXPECT_EQ(fleet.auth.known_hosts_file, "/etc/mooring/keys/known_hosts");
  const SourceConfig& shop = config.sources[1];
  EXPECT_EQ(shop.branch, "");
  EXPECT_EQ(shop.commit, "4b1c9e2a7d5503f1c8e6a9b2d4f70c3e5a1b8d96");
  EXPECT_EQ(shop.timeout, 30s);
  EXPECT_EQ(shop.auth.username, "bot");
  EXPECT_EQ(shop.auth.token_file, "/etc/mooring/keys/token");
}

TEST(Config, AnAddressOfASourceIsCheckedAndItsPasswordNotRepeated) {
  for (const char* good :
       {"https://git.example.com/fleet", "https://bot@git.example.com/fleet",
        "http://127.0.0.1:3000/fleet.git", "ssh://git@git.example.com:2222/fleet.git",
        "git@git.example.com:fleet.git", "file:///srv/fleet.git", "/srv/fleet.git", "./fleet"}) {
    Good(fmt::format("sources: [{{url: \"{}\"}}]\n", good));
  }
  EXPECT_THAT(Problems("sources: [{url: \"https://bot:hunter2@git.example.com/fleet\"}]\n"),
              ElementsAre("mooring.yaml:1:17: sources.url has a password in it; take it out, write "
                          "it into a file with mode 0600, and name that file in auth.tokenFile"));
  EXPECT_THAT(Problems("sources: [{url: \"ftp://git.example.com/fleet\"}]\n"),
              ElementsAre(HasSubstr("\"ftp://\" is not supported; write https://HOST/PATH")));
  EXPECT_THAT(Problems("sources: [{url: /x, auth: {tokenFile: token, keyFile: /k}}]\n"),
              ElementsAre(HasSubstr("\"token\" is not an absolute path; start it with /"),
                          HasSubstr("unknown key \"sources.auth.keyFile\"")));
}

TEST(Config, AnUnknownKeyHasTheNearestOneBesideIt) {
  EXPECT_THAT(Problems("docker: {sockt: /x}\nspeed: 9\nsources: [{url: /x, pth: y}]\n"),
              ElementsAre("mooring.yaml:1:10: unknown key \"docker.sockt\"; did you mean "
                          "\"docker.socket\"?",
                          "mooring.yaml:2:1: unknown key \"speed\"",
                          "mooring.yaml:3:21: unknown key \"sources.pth\"; did you mean "
                          "\"sources.path\"?"));
}

TEST(Config, AKeyOfALaterVersionIsNoSlipOfThePen) {
  EXPECT_THAT(
      Problems("kopia: {binary: kopia}\nsecrets: {sops: {binary: sops}}\ncaddy: {mode: "
               "shared}\nsources: [{url: /x, verify: {mode: Head}}]\n"),
      ElementsAre("mooring.yaml:1:1: this version has no \"kopia\"; take it out",
                  "mooring.yaml:2:11: this version has no \"secrets.sops\"; take it out",
                  "mooring.yaml:3:9: this version has no \"caddy.mode\"; take it out",
                  "mooring.yaml:4:21: this version has no \"sources.verify\"; take it out"));
}

TEST(Config, WhatIsNoMapOrNotOneDocumentIsSaidSo) {
  EXPECT_THAT(Problems("[a]\n"), ElementsAre("mooring.yaml:1:1: the configuration must be a map of "
                                             "keys; begin with: sources:"));
  EXPECT_THAT(Problems("log: {}\n---\nlog: {}\n"),
              ElementsAre(::testing::HasSubstr("the configuration must be one document")));
  EXPECT_THAT(Problems("a: [\n"), ::testing::SizeIs(1));
}

TEST(Config, AMissingFileIsAnErrorWhereItWasAskedFor) {
  const TempDir dir;
  Diagnostics problems;
  LoadConfig(dir.File("none.yaml"), &problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].ToString(), dir.File("none.yaml") +
                                        ": cannot be read; give the configuration with --config "
                                        "FILE");
}

}  // namespace
}  // namespace mooring::cli
