// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/cli/config_fields.h"
#include "controller/manifest/config_keys.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Config Parse(const std::string& text, std::vector<std::string>* problems,
             const Environment& environment = {}) {
  Diagnostics found;
  Config config = ParseConfig("mooring.yaml", text, environment, &found);
  for (const Diagnostic& problem : found) problems->push_back(problem.ToString());
  return config;
}

Config Good(const std::string& text, const Environment& environment = {}) {
  std::vector<std::string> problems;
  Config config = Parse(text, &problems, environment);
  EXPECT_THAT(problems, IsEmpty());
  return config;
}

std::vector<std::string> Problems(const std::string& text, const Environment& environment = {}) {
  std::vector<std::string> problems;
  Parse(text, &problems, environment);
  return problems;
}

TEST(Config, AnEmptyFileIsTheDefaults) {
  const Config config = Good("");
  EXPECT_TRUE(config.sources.empty());
  EXPECT_FALSE(config.host_name.empty());
  EXPECT_EQ(config.ApiSocket(), "/run/mooring/mooring.sock");
  EXPECT_GE(config.workers, 2);
  EXPECT_LE(config.workers, 5);
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
docker: {enabled: false, socket: /x/docker.sock, addressPool: 10.9.0.0/20, hostsFile: /x/hosts,
         maxRequestsPerSecond: 20, maxParallelPulls: 2}
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
http: {listen: ["127.0.0.1:9000", "unix:/x/api.sock"], metricsToken: true, maxBodySize: 2Mi,
       rateLimit: {events: 60, window: 10s}}
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
  EXPECT_EQ(config.max_requests_per_second, 20);
  EXPECT_EQ(config.max_parallel_pulls, 2);
  EXPECT_TRUE(config.metrics_token);
  EXPECT_EQ(config.max_body_size, 2 << 20);
  EXPECT_EQ(config.rate_limit_events, 60);
  EXPECT_EQ(config.rate_limit_window, 10s);
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
          "mooring.yaml:1:14: host.name must be a string, got a list; write one such as harbour-1",
          "mooring.yaml:2:19: docker.enabled must be true or false, got \"yes\"; write true",
          "mooring.yaml:2:39: docker.addressPool: \"10.0.0.0/30\" is not an IPv4 subnet of /24 or "
          "larger; write one such as 10.201.0.0/16",
          "mooring.yaml:4:10: caddy.admin \"somewhere\" is no admin address; write "
          "unix//run/caddy/admin.sock or localhost:2019",
          "mooring.yaml:5:12: caddy.foreign must be one of refuse, adopt, got \"replace\"",
          "mooring.yaml:6:15: caddy.httpListen is empty; add one, such as [\":80\"]",
          "mooring.yaml:7:21: store.keepEvents: \"15 days\" is not a duration; write 15d or 360h",
          "mooring.yaml:8:16: http.listen: \"0.0.0.0:80\" is no address to listen on: only "
          "loopback and unix sockets are allowed; put a proxy in front to reach it from elsewhere",
          "mooring.yaml:8:31: http.listen[1] must be a string, got a list; write one such as "
          "127.0.0.1:8440",
          "mooring.yaml:9:17: loop.workers must be a whole number from 1 to 16, got 17",
          "mooring.yaml:9:33: loop.maxBackoff must be longer than zero; write one such as 30s",
          "mooring.yaml:10:6: log must be a map, got a string; write one such as {level: info, "
          "format: logfmt}"));
}

TEST(Config, ASourceIsChecked) {
  EXPECT_THAT(
      Problems("sources: []\n"),
      ElementsAre("mooring.yaml:1:10: sources is empty; add one, such as [{url: /srv/fleet.git}]"));
  EXPECT_THAT(Problems("sources: [{name: x}]\n"),
              ElementsAre("mooring.yaml:1:11: sources[0] has no url; add url: "
                          "https://git.example.com/example/fleet.git"));
  EXPECT_THAT(Problems("sources: [{url: /x}, {url: /y}]\n"),
              ElementsAre("mooring.yaml:1:22: two sources have the name \"fleet\"; give each its "
                          "own name"));
  EXPECT_THAT(Problems("sources: [{url: /x, name: My Fleet}]\n"),
              ElementsAre(HasSubstr("sources[0].name: \"My Fleet\" is not a")));
  EXPECT_THAT(Problems("sources: [{url: /x, ref: {branch: a, tag: b}}]\n"),
              ElementsAre("mooring.yaml:1:26: sources[0].ref has branch and tag; keep one of "
                          "them"));
  EXPECT_THAT(Problems("sources: [{url: /x, ref: {head: a}}]\n"),
              ElementsAre("mooring.yaml:1:27: unknown field \"head\" in config.sources[0].ref; "
                          "its fields: mooring explain config.sources[0].ref"));
  EXPECT_THAT(Problems("sources: [{url: /x, ref: {branch: }}]\n"),
              ElementsAre(HasSubstr("sources[0].ref.branch has no value; write one such as main")));
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
              ElementsAre("mooring.yaml:1:17: sources[0].url has a password in it; take it out, "
                          "write it into a file with mode 0600, and name that file in "
                          "auth.tokenFile"));
  EXPECT_THAT(Problems("sources: [{url: \"ftp://git.example.com/fleet\"}]\n"),
              ElementsAre(HasSubstr("is not an address of a Git repository; write "
                                    "https://HOST/PATH")));
  EXPECT_THAT(Problems("sources: [{url: /x, auth: {tokenFile: token, keyFile: /k}}]\n"),
              ElementsAre(HasSubstr("sources[0].auth.tokenFile: \"token\" is not an absolute path; "
                                    "start it with /"),
                          HasSubstr("unknown field \"keyFile\" in config.sources[0].auth")));
}

TEST(Config, AnUnknownKeyHasTheNearestOneBesideIt) {
  EXPECT_THAT(Problems("docker: {sockt: /x}\nspeed: 9\nsources: [{url: /x, pth: y}]\n"),
              ElementsAre("mooring.yaml:1:10: unknown field \"sockt\" in config.docker; did you "
                          "mean \"socket\"?",
                          "mooring.yaml:2:1: unknown field \"speed\" in config; its fields: "
                          "mooring explain config",
                          "mooring.yaml:3:21: unknown field \"pth\" in config.sources[0]; did you "
                          "mean \"path\"?"));
}

TEST(Config, WhoseSignaturesCountIsSaidForEachSource) {
  const Config config = Good(R"(sources:
  - url: /x
    verify: {mode: All, allowedSignersFile: /k/allowed_signers, gpgKeyringFile: /k/signers.gpg}
  - {name: two, url: /y, verify: {gpgKeyringFile: /k/two.gpg}}
  - {name: three, url: /z}
)");
  ASSERT_EQ(config.sources.size(), 3U);
  EXPECT_TRUE(config.sources[0].verify.all);
  EXPECT_EQ(config.sources[0].verify.allowed_signers_file, "/k/allowed_signers");
  EXPECT_EQ(config.sources[0].verify.gpg_keyring_file, "/k/signers.gpg");
  EXPECT_FALSE(config.sources[1].verify.all);
  EXPECT_TRUE(config.sources[1].verify.IsAsked());
  EXPECT_FALSE(config.sources[2].verify.IsAsked());
  const Config variable =
      Good("sources: [{url: /x}]\n",
           {{"MOORING_SOURCE_VERIFY_MODE", "All"},
            {"MOORING_SOURCE_VERIFY_ALLOWED_SIGNERS_FILE", "/k/allowed_signers"}});
  EXPECT_TRUE(variable.sources[0].verify.all);

  EXPECT_THAT(Problems("sources: [{url: /x, verify: {mode: Head}}]\n"),
              ElementsAre("mooring.yaml:1:29: sources[0].verify names no signers; add "
                          "allowedSignersFile: /etc/mooring/keys/allowed_signers, or "
                          "gpgKeyringFile"));
  EXPECT_THAT(Problems("sources: [{url: /x, verify: {mode: Tag, gpgKeyringFile: k.gpg}}]\n"),
              ElementsAre(HasSubstr("sources[0].verify.mode"),
                          HasSubstr("\"k.gpg\" is not an absolute path")));
}

TEST(Config, WhatWouldBeUnsafeToIgnoreIsRefusedByName) {
  EXPECT_THAT(Problems("caddy: {mode: shared}\n"),
              ElementsAre("mooring.yaml:1:15: caddy.mode shared is refused: this version has no "
                          "\"caddy.mode: shared\"; give Mooring a Caddy of its own"));
}

TEST(Config, NamesWhereSecretsComeFrom) {
  const Config config = Good(R"(secrets:
  directory: /run/secrets-of-mine
  sops: {binary: /opt/sops, ageKeyFile: /keys/age.txt, pgpHome: /keys/gpg}
  providers:
    - {name: pass, command: [pass, show, "{key}"], timeout: 3s, cacheFor: 1m}
    - {name: files, directory: /etc/mooring/secrets}
    - {name: env, environmentPrefix: MOORING_SECRET_}
docker: {configFile: /etc/mooring/docker.json}
)");
  EXPECT_EQ(config.secret_folder, "/run/secrets-of-mine");
  EXPECT_EQ(config.sops, (secret::SopsOptions{"/opt/sops", "/keys/age.txt", "/keys/gpg"}));
  EXPECT_EQ(config.docker_config_file, "/etc/mooring/docker.json");
  ASSERT_EQ(config.secret_providers.size(), 3U);
  EXPECT_EQ(config.secret_providers[0].command,
            (std::vector<std::string>{"pass", "show", "{key}"}));
  EXPECT_EQ(config.secret_providers[0].timeout, std::chrono::seconds(3));
  EXPECT_EQ(config.secret_providers[0].cache_for, std::chrono::minutes(1));
  EXPECT_EQ(config.secret_providers[1].directory, "/etc/mooring/secrets");
  EXPECT_EQ(config.secret_providers[2].environment_prefix, "MOORING_SECRET_");
  EXPECT_THAT(
      Problems("secrets: {providers: [{name: a}, {name: b, directory: /x, command: [y]}]}\n"),
      ElementsAre(HasSubstr("has none of command, directory, environmentPrefix"),
                  HasSubstr("has command and directory")));
}

TEST(Config, WhatALaterVersionHasIsCheckedAndNamedOnce) {
  const Config config = Good(R"(kopia: {binary: kopia, cpuWeight: 20}
sources:
  - {url: /x}
)");
  EXPECT_THAT(config.warnings, ElementsAre("kopia has no effect in this version"));
  EXPECT_THAT(Problems("kopia: {cpuWeight: 200, binry: x}\n"),
              ElementsAre(HasSubstr("kopia.cpuWeight must be a whole number from 1 to 100"),
                          HasSubstr("did you mean \"binary\"?")));
}

TEST(Config, WebhooksHaveNamesOfTheirOwnOverAllSources) {
  const Config config = Good(R"(sources:
  - url: /x
    webhooks: [{name: forge, type: gitea, secretFile: /etc/mooring/keys/webhook}]
  - {name: two, url: /y, webhooks: []}
)");
  ASSERT_EQ(config.sources[0].webhooks.size(), 1U);
  const WebhookConfig& forge = config.sources[0].webhooks[0];
  EXPECT_EQ(forge.name, "forge");
  EXPECT_EQ(forge.sender, webhook::Sender::kGitea);
  EXPECT_EQ(forge.secret_file, "/etc/mooring/keys/webhook");
  EXPECT_THAT(
      Problems(R"(sources:
  - url: /x
    webhooks: [{name: forge, type: gitea, secretFile: /k}, {name: b, type: gogs, secretFile: k}]
  - {name: two, url: /y, webhooks: [{name: forge, type: github, secretFile: /k}, {name: c}]}
)"),
      ElementsAre(HasSubstr("sources[0].webhooks[1].type must be one of"),
                  HasSubstr("\"k\" is not an absolute path"),
                  "mooring.yaml:4:44: two webhooks have the name \"forge\"; give each its "
                  "own name",
                  HasSubstr("has no type; add type: gitea"), HasSubstr("has no secretFile")));
}

TEST(Config, MoreWorkersThanThreadsAllowCountAsTheMost) {
  const Config config = Good("loop: {workers: 8}\n");
  EXPECT_EQ(config.workers, 4);
  EXPECT_THAT(config.warnings, ElementsAre("loop.workers: 8 counts as 4, so that the daemon has no "
                                           "more than 24 threads"));
}

TEST(Config, AVariableStandsInPlaceOfItsKey) {
  const Config config = Good("http: {listen: [\"127.0.0.1:1\"]}\nlog: {level: warn}\ndocker:\n",
                             {{"MOORING_HTTP_LISTEN", "unix:/x/api.sock, 127.0.0.1:2"},
                              {"MOORING_DOCKER_ADDRESS_POOL", "10.9.0.0/20"},
                              {"MOORING_CADDY_ENABLED", "false"},
                              {"MOORING_LOOP_WORKERS", "3"},
                              {"MOORING_HTTP_RATE_LIMIT_WINDOW", "10s"},
                              {"MOORING_SOURCE_URL", "https://git.example.com/fleet"},
                              {"MOORING_SOURCE_REF_TAG", "1.0"},
                              {"MOORING_SOURCE_IGNORE", "a/,b/"},
                              {"MOORING_SOURCE_AUTH_TOKEN_FILE", "/x/token"}});
  EXPECT_THAT(config.listen, ElementsAre("unix:/x/api.sock", "127.0.0.1:2"));
  EXPECT_EQ(config.address_pool.ToString(), "10.9.0.0/20");
  EXPECT_FALSE(config.caddy_enabled);
  EXPECT_EQ(config.workers, 3);
  EXPECT_EQ(config.rate_limit_window, 10s);
  EXPECT_EQ(config.log_level, LogLevel::kWarn);
  ASSERT_EQ(config.sources.size(), 1U);
  EXPECT_EQ(config.sources[0].url, "https://git.example.com/fleet");
  EXPECT_EQ(config.sources[0].tag, "1.0");
  EXPECT_EQ(config.sources[0].branch, "");
  EXPECT_THAT(config.sources[0].ignore, ElementsAre("a/", "b/"));
  EXPECT_EQ(config.sources[0].auth.token_file, "/x/token");
  EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(Config, AVariableOfTheFirstSourceLeavesTheOthersAlone) {
  const Config config =
      Good("sources: [{name: one, url: /one, ref: {branch: a}}, {name: two, url: /two}]\n",
           {{"MOORING_SOURCE_REF_COMMIT", "4b1c9e2a7d5503f1c8e6a9b2d4f70c3e5a1b8d96"}});
  ASSERT_EQ(config.sources.size(), 2U);
  EXPECT_EQ(config.sources[0].url, "/one");
  EXPECT_EQ(config.sources[0].branch, "");
  EXPECT_EQ(config.sources[0].commit, "4b1c9e2a7d5503f1c8e6a9b2d4f70c3e5a1b8d96");
  EXPECT_EQ(config.sources[1].branch, "main");
}

TEST(Config, AProblemOfAVariableNamesIt) {
  EXPECT_THAT(
      Problems("docker: {sockt: /x}\n", {{"MOORING_LOOP_WORKERS", "many"},
                                         {"MOORING_STORE_KEEP_EVENTS", "15 days"},
                                         {"MOORING_DOCKER_ENABLED", "yes"},
                                         {"MOORING_HTTP_LISTEN", "0.0.0.0:80"}}),
      ElementsAre(HasSubstr("mooring.yaml:1:10: unknown field \"sockt\""),
                  "MOORING_DOCKER_ENABLED: docker.enabled must be true or false, got \"yes\"; "
                  "write true",
                  HasSubstr("MOORING_LOOP_WORKERS: loop.workers must be a whole number"),
                  HasSubstr("MOORING_STORE_KEEP_EVENTS: store.keepEvents: \"15 days\" is not a "
                            "duration"),
                  HasSubstr("MOORING_HTTP_LISTEN: http.listen: \"0.0.0.0:80\" is no address")));
}

TEST(Config, AnUnknownVariableIsAWarning) {
  const Config config = Good("", {{"MOORING_HTTP_LISTN", "x"},
                                  {"MOORING_SECRET_DB", "x"},
                                  {"MOORING_TEST_ACCEPT", "1"},
                                  {"PATH", "/bin"}});
  EXPECT_THAT(config.warnings, ElementsAre("unknown variable MOORING_HTTP_LISTN; did you mean "
                                           "MOORING_HTTP_LISTEN?"));
}

TEST(Config, EveryKeyOfTheSchemaHasItsFieldOrIsOfALaterVersion) {
  std::set<std::string> fields;
  for (const auto& field : ConfigFields()) fields.emplace(field.key);
  for (const auto& field : SourceFields()) fields.emplace(field.key);
  for (const manifest::ConfigKey& key : manifest::ConfigKeys()) {
    const bool is_field = fields.erase(key.name) > 0;
    const bool later = key.schema->later != manifest::Schema::Later::kNo;
    EXPECT_TRUE(is_field || later || key.name == "caddy.mode") << key.name;
    EXPECT_TRUE(key.NeedsRestart() || key.schema->effect == "reload") << key.name;
    EXPECT_NE(key.schema->description, "") << key.name;
    EXPECT_FALSE(key.schema->examples.empty()) << key.name;
  }
  EXPECT_THAT(fields, IsEmpty());
}

TEST(Config, AReloadTakesWhatNeedsNoRestartAndNamesTheRest) {
  const Config running =
      Good("sources: [{url: /x}, {name: two, url: /y}]\nlog: {level: info}\nstore: {path: /a}\n");
  const Config next = Good(R"(sources: [{url: /z}, {name: two, url: /y, pollInterval: 5s}]
log: {level: debug, format: json}
docker: {maxParallelPulls: 7}
store: {path: /b, keepEvents: 1d}
loop: {maxBackoff: 3m}
)");
  const Reload reload = Reconfigure(running, next);
  EXPECT_THAT(reload.taken,
              ElementsAre("docker.maxParallelPulls", "store.keepEvents", "loop.maxBackoff",
                          "log.level", "log.format", "sources[1].pollInterval"));
  EXPECT_THAT(reload.needs_restart, ElementsAre("store.path", "sources[0].url"));
  EXPECT_EQ(reload.config.store_path, "/a");
  EXPECT_EQ(reload.config.sources[0].url, "/x");
  EXPECT_EQ(reload.config.sources[1].poll_interval, 5s);
  EXPECT_EQ(reload.config.log_level, LogLevel::kDebug);
  // What waits for a restart is told again the next time.
  EXPECT_THAT(Reconfigure(reload.config, next).needs_restart,
              ElementsAre("store.path", "sources[0].url"));
  EXPECT_THAT(Reconfigure(reload.config, next).taken, IsEmpty());
}

TEST(Config, ASourceThatComesOrGoesNeedsARestart) {
  const Config one = Good("sources: [{url: /x}]\n");
  const Config two = Good("sources: [{url: /x, pollInterval: 5s}, {name: two, url: /y}]\n");
  const Reload reload = Reconfigure(one, two);
  EXPECT_THAT(reload.needs_restart, ElementsAre("sources"));
  EXPECT_THAT(reload.taken, IsEmpty());
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
  LoadConfig(dir.File("none.yaml"), {}, &problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].ToString(), dir.File("none.yaml") +
                                        ": cannot be read; give the configuration with --config "
                                        "FILE");
}

}  // namespace
}  // namespace mooring::cli
