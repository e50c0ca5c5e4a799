// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/sources.h"

#include "controller/git/location.h"

namespace mooring::cli {

std::filesystem::path MirrorOf(const Config& config, const SourceConfig& source) {
  return config.store_path / "sources" / (source.name + ".git");
}

std::string LocationOf(const Config& config, const SourceConfig& source) {
  return git::IsRemote(source.url) ? MirrorOf(config, source).string() : source.url;
}

TrustedSigners TrustedBy(const SourceConfig& source) {
  return {.allowed_signers_file = source.verify.allowed_signers_file.string(),
          .gpg_keyring_file = source.verify.gpg_keyring_file.string()};
}

std::shared_ptr<CommitVerifier> MakeVerifier(const Config& config, const SourceConfig& source,
                                             const Clock& clock) {
  if (!source.verify.IsAsked()) return nullptr;
  using Mode = CommitVerifier::Mode;
  return std::make_shared<CommitVerifier>(
      CommitVerifier::Options{.location = LocationOf(config, source),
                              .mode = source.verify.all ? Mode::kAll : Mode::kHead,
                              .trusted = TrustedBy(source)},
      clock);
}

std::shared_ptr<RemoteMirror> MakeMirror(const SourceConfig& source,
                                         const std::filesystem::path& mirror,
                                         OnReplaced on_replaced) {
  if (!git::IsRemote(source.url)) return nullptr;
  return std::make_shared<RemoteMirror>(
      RemoteMirror::Options{.request = {.url = source.url,
                                        .mirror = mirror.string(),
                                        .branch = source.branch,
                                        .tag = source.tag,
                                        .commit = source.commit,
                                        .username = source.auth.username,
                                        .token_file = source.auth.token_file.string(),
                                        .private_key_file = source.auth.private_key_file.string(),
                                        .known_hosts_file = source.auth.known_hosts_file.string()},
                            .timeout = source.timeout,
                            .on_replaced = std::move(on_replaced)});
}

std::unique_ptr<GitSource> MakeSource(const SourceConfig& source,
                                      const std::filesystem::path& mirror, OnReplaced on_replaced) {
  return std::make_unique<GitSource>(
      GitSource::Options{.url = source.url,
                         .branch = source.branch,
                         .tag = source.tag,
                         .commit = source.commit,
                         .path = source.path,
                         .ignore = source.ignore,
                         .remote = MakeMirror(source, mirror, std::move(on_replaced))});
}

}  // namespace mooring::cli
