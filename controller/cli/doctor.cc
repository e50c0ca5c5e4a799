// SPDX-License-Identifier: Apache-2.0
// `mooring doctor`: each thing that must be right on this host, and what to do where it is not.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "controller/base/text.h"
#include "controller/cli/caddy_process.h"
#include "controller/cli/client.h"
#include "controller/cli/commands.h"
#include "controller/cli/engines.h"
#include "controller/cli/examination.h"
#include "controller/cli/secret_examination.h"
#include "controller/cli/sources.h"
#include "controller/cli/trust_examination.h"
#include "controller/git/library.h"
#include "controller/git/private_file.h"
#include "reconcilers/caddy/admin_address.h"

namespace mooring::cli {
namespace {

/// A folder of our own for what a look at a server needs beside it; the daemon's mirror is not
/// touched.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string path = std::filesystem::temp_directory_path() / "mooring-doctor-XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) path_ = path;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Reachable, credentials accepted, branch, tag or commit there: all of it is one look.
void CheckSource(const SourceConfig& source, Examination& exam, std::stop_token stop) {
  const ScratchFolder scratch;
  if (const auto mirror = MakeMirror(source, scratch.path() / "look.git", [](const auto&) {})) {
    const auto commit = mirror->Look(stop);
    if (!commit) return exam.Bad("source", source.name + ": " + commit.error().ToString());
    const std::string& name = !source.tag.empty() ? source.tag : source.branch;
    const Revision revision{source.commit.empty() ? name : "", *commit};
    exam.Good("source", fmt::format("{}: {} answers{} and is at {}", source.name, mirror->Display(),
                                    source.auth == SourceAuth() ? "" : ", takes the credentials",
                                    revision.ToShortString()));
    if (mirror->Display().starts_with("http://"))
      exam.Note("source", source.name + ": http:// is not encrypted; fine on this machine only");
    return;
  }
  const auto revision = MakeSource(source, "", {})->Poll(stop);
  if (revision)
    exam.Good("source",
              fmt::format("{}: {} is at {}", source.name, source.url, revision->ToShortString()));
  else
    exam.Bad("source", source.name + ": " + revision.error().ToString());
}

void CheckSources(const Config& config, Examination& exam, std::stop_token stop) {
  if (config.sources.empty())
    exam.Bad("source",
             "no source is configured; add to mooring.yaml: sources: [{url: /srv/fleet.git}]");
  for (const SourceConfig& source : config.sources) CheckSource(source, exam, stop);
}

void CheckTrust(const Config& config, Examination& exam, const std::stop_token& stop) {
  using Verdict = TrustFinding::Verdict;
  for (const TrustFinding& finding : ExamineTrust(config, stop)) {
    if (finding.verdict == Verdict::kGood) exam.Good("trust", finding.text);
    if (finding.verdict == Verdict::kBad) exam.Bad("trust", finding.text);
    if (finding.verdict == Verdict::kNote) exam.Note("trust", finding.text);
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
    for (const WebhookConfig& hook : source.webhooks)
      check(hook.secret_file, "the webhook's secret");
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
  const auto admin = caddy::AdminAddress::Parse(config.caddy_admin);
  if (admin && CaddyResumes(admin->unix_socket) == false) {
    exam.Bad("caddy",
             "runs without --resume, so its next start ends every Site; add --resume to how it is "
             "started (the package's drop-in does), and: systemctl restart caddy");
  }
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
  const auto token = FindApiToken("", config.seal_key_file);
  ApiClient client(config.ApiSocket(), token.value_or(ApiToken()));
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
  const auto key = HostKey::Load(config.seal_key_file);
  EngineReaders readers(config, key ? *key : HostKey::FromBytes(""), clock, {});
  for (const std::string& warning : config.warnings) exam.Note("config", warning);
  CheckCredentials(config, exam);
  CheckSources(config, exam, stop);
  CheckTrust(config, exam, stop);
  ExamineSecrets(config, readers, exam, stop);
  CheckDocker(config, readers, exam, stop);
  CheckCaddy(config, readers, exam, stop);
  CheckOwnFiles(config, exam);
  return exam.Conclude();
}

}  // namespace mooring::cli
