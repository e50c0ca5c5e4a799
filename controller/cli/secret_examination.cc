// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/secret_examination.h"

#include "controller/base/private_file.h"
#include "controller/base/text.h"
#include "controller/cli/sources.h"
#include "controller/git/location.h"
#include "controller/git/mirror.h"
#include "controller/manifest/loader.h"

namespace mooring::cli {
namespace {

void ExamineKeys(const Config& config, Examination& exam) {
  const secret::SopsOptions& sops = config.sops;
  if (!sops.age_key_file.empty()) {
    const auto key = ReadPrivateFile(sops.age_key_file);
    if (!key)
      exam.Bad("secret", "the age key: " + key.error().ToString());
    else if (key->find("AGE-SECRET-KEY-") == std::string::npos)
      exam.Bad("secret", sops.age_key_file + " has no age key; make one with: age-keygen -o FILE");
    else
      exam.Good("secret", sops.age_key_file + " has an age key and is private");
  }
  if (!sops.pgp_home.empty()) {
    std::error_code missing;
    if (std::filesystem::is_directory(sops.pgp_home, missing))
      exam.Good("secret", sops.pgp_home + " is there, with GnuPG's keys");
    else
      exam.Bad("secret", sops.pgp_home + " is no folder; secrets.sops.pgpHome names GnuPG's home");
  }
}

/// The Secrets of a source, as far as they are on this machine. Whatever else is wrong with it is
/// said elsewhere.
std::vector<ResourcePtr> SecretsOf(const Config& config, SourceConfig source,
                                   const std::stop_token& stop) {
  if (git::IsRemote(source.url)) {
    source.url = MirrorOf(config, source).string();
    source.branch.clear();
    source.tag.clear();
    source.commit = git::kFollowedRef;
  }
  const auto git_source = MakeSource(source, "", {});
  const auto revision = git_source->Poll(stop);
  const auto files = revision ? git_source->Fetch(*revision, stop)
                              : Result<std::shared_ptr<const Artifact>>(nullptr);
  if (!files || *files == nullptr) return {};
  auto loaded = manifest::Loader(config.host_name).Load(**files);
  if (!loaded) return {};
  std::erase_if(loaded->resources,
                [](const ResourcePtr& resource) { return resource->key.kind != "Secret"; });
  return std::move(loaded->resources);
}

}  // namespace

void ExamineSecrets(const Config& config, EngineReaders& readers, Examination& exam,
                    const std::stop_token& stop) {
  ExamineKeys(config, exam);
  std::vector<ResourcePtr> secrets;
  for (const SourceConfig& source : config.sources)
    std::ranges::move(SecretsOf(config, source, stop), std::back_inserter(secrets));
  const bool encrypted = std::ranges::any_of(
      secrets, [](const ResourcePtr& secret) { return !secret->encrypted.empty(); });
  if (encrypted) {
    const auto version = secret::Sops(config.sops).Version(stop);
    if (version)
      exam.Good("secret", fmt::format("sops {}", *version));
    else
      exam.Bad("secret", version.error().ToString() +
                             "; files are encrypted with sops, install it from "
                             "https://github.com/getsops/sops/releases");
  }
  size_t opened = 0;
  for (const ResourcePtr& secret : secrets) {
    const auto data = readers.secrets.Open(*secret, stop);
    if (data)
      ++opened;
    else
      exam.Bad("secret", secret->key.ToString() + ": " + data.error().ToString());
  }
  if (opened > 0) exam.Good("secret", Count(opened, "Secret") + " can be opened");
}

}  // namespace mooring::cli
