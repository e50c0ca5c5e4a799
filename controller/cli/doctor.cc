// SPDX-License-Identifier: Apache-2.0
// `mooring doctor`: each thing that must be right on this host, and what to do where it is not.
#include <unistd.h>

#include <iostream>

#include "controller/base/text.h"
#include "controller/cli/client.h"
#include "controller/cli/commands.h"
#include "controller/cli/engines.h"
#include "controller/cli/exit_codes.h"
#include "controller/git/library.h"
#include "controller/git/private_file.h"
#include "controller/source/git_source.h"

namespace mooring::cli {
namespace {

class Examination {
 public:
  void Good(const std::string& part, const std::string& text) { Print("ok", part, text); }
  void Bad(const std::string& part, const std::string& text) {
    Print("FAIL", part, text);
    ++failures_;
  }
  void Note(const std::string& part, const std::string& text) { Print("note", part, text); }
  int failures() const { return failures_; }

 private:
  static void Print(const char* verdict, const std::string& part, const std::string& text) {
    std::cout << fmt::format("{:<5} {:<8} {}\n", verdict, part, text);
  }
  int failures_ = 0;
};

void CheckSources(const Config& config, Examination& exam, std::stop_token stop) {
  if (config.sources.empty())
    exam.Bad("source",
             "no source is configured; add to mooring.yaml: sources: [{url: /srv/fleet.git}]");
  for (const SourceConfig& source : config.sources) {
    GitSource git({.url = source.url,
                   .branch = source.branch,
                   .tag = source.tag,
                   .commit = source.commit,
                   .path = source.path});
    const auto revision = git.Poll(stop);
    if (revision)
      exam.Good("source", fmt::format("{} is at {}", source.url, revision->ToShortString()));
    else
      exam.Bad("source", revision.error().ToString());
  }
}

/// Files with secrets are there and nobody else's to read.
void CheckCredentials(const Config& config, Examination& exam) {
  const auto check = [&](const std::filesystem::path& file, const char* what) {
    if (file.empty()) return;
    const auto read = git::ReadPrivateFile(file.string(), what);
    if (read)
      exam.Good("secret", file.string() + " is there and private");
    else
      exam.Bad("secret", read.error().ToString());
  };
  for (const SourceConfig& source : config.sources) {
    check(source.auth.token_file, "the token");
    check(source.auth.private_key_file, "the private key");
  }
}

void CheckDocker(const Config& config, EngineReaders& readers, Examination& exam,
                 std::stop_token stop) {
  if (!config.docker_enabled) return exam.Note("docker", "off (docker.enabled: false)");
  const auto info = readers.engine.reader().Ping(stop);
  if (!info) return exam.Bad("docker", info.error().ToString());
  exam.Good("docker", fmt::format("engine {} on {}, API {}", info->version, config.docker_socket,
                                  info->api_version));
  if (::access(config.hosts_file.c_str(), W_OK) == 0)
    exam.Good("hosts", config.hosts_file.string() + " can be written");
  else
    exam.Bad("hosts", config.hosts_file.string() +
                          " cannot be written; Sites reach Apps by names in it, so run as root");
}

void CheckCaddy(const Config& config, EngineReaders& readers, Examination& exam,
                std::stop_token stop) {
  if (!config.caddy_enabled) return exam.Note("caddy", "off (caddy.enabled: false)");
  const caddy::CaddyReport report = readers.caddy_probe.Check(stop);
  if (!report.reachable) return exam.Bad("caddy", report.error);
  exam.Good("caddy", fmt::format("{} on {}, {}", report.version, report.address,
                                 Count(report.sites, "site")));
  if (report.refused) {
    exam.Bad("caddy", fmt::format("serves what is not Mooring's: {}; set caddy.foreign: adopt in "
                                  "mooring.yaml to let Mooring "
                                  "replace it",
                                  Join(report.foreign, ", ")));
  }
}

void CheckOwnFiles(const Config& config, Examination& exam) {
  const auto key = HostKey::Load(config.seal_key_file);
  if (key)
    exam.Good("key", config.seal_key_file.string() + " is there and private");
  else if (key.error().code() == ErrorCode::kNotFound)
    exam.Note("key", config.seal_key_file.string() + " is made on first start");
  else
    exam.Bad("key", key.error().ToString());
  ApiClient client(config.ApiSocket());
  const auto answer = client.Get("/api/v1/resources?kind=Host");
  if (answer)
    exam.Good("daemon", "answers on " + config.ApiSocket());
  else
    exam.Note("daemon", answer.error().ToString());
}

}  // namespace

int Doctor(const Config& config, std::stop_token stop) {
  const git::Library git;
  SystemClock clock;
  Examination exam;
  EngineReaders readers(config, HostKey::FromBytes(""), clock, {});
  for (const std::string& warning : config.warnings) exam.Note("config", warning);
  CheckCredentials(config, exam);
  CheckSources(config, exam, stop);
  CheckDocker(config, readers, exam, stop);
  CheckCaddy(config, readers, exam, stop);
  CheckOwnFiles(config, exam);
  std::cout << (exam.failures() == 0
                    ? "All good.\n"
                    : Count(static_cast<size_t>(exam.failures()), "thing") + " to mend.\n");
  return exam.failures() == 0 ? exit_code::kDone : exit_code::kFailed;
}

}  // namespace mooring::cli
