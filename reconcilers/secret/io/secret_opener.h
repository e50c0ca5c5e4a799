// SPDX-License-Identifier: Apache-2.0
// From a Secret to its values: by SOPS or by a provider, and only when something that they are made
// of has changed. Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/base/clock.h"
#include "controller/base/guarded.h"
#include "controller/base/host_key.h"
#include "controller/reconcile/secret_values.h"
#include "reconcilers/secret/io/provider.h"
#include "reconcilers/secret/io/sops.h"
#include "reconcilers/secret/io/vault.h"

namespace mooring::secret {

/// The Secrets of a YAML text in clear; an error says nothing of what stands in it.
using SecretsInText = std::function<Result<std::map<ResourceKey, SecretData>>(const SecretString&)>;

class SecretOpener final : public SecretReader {
 public:
  struct Options {
    SopsOptions sops;
    std::vector<Provider> providers;
    SecretsInText read;
    RunChild run = process::RunChild;
  };
  /// Vault and clock must outlive this.
  SecretOpener(Options options, const HostKey& key, const Vault& vault, const Clock& clock);

  Result<SecretDataPtr> Open(const Resource& secret, std::stop_token stop) override;
  SecretDataPtr Applied(const ResourceKey& secret) override;
  /// From now on a file that was encrypted anew, with the same values, is noted in `vault`, so that
  /// a later start does not open it again. For the daemon alone; before any other call.
  void RenewIn(Vault& vault) { renew_ = &vault; }
  /// Names what the values of `secret` are made of; the same text, the same values.
  std::string OriginOf(const Resource& secret) const;

 private:
  using Opened = std::shared_ptr<const std::map<ResourceKey, SecretData>>;
  struct Answer {
    std::string origin;
    SecretDataPtr data;
    Time until;
  };
  Result<SecretDataPtr> OpenEncrypted(const Resource& secret, std::stop_token stop);
  Result<Opened> OpenText(const std::string& text, const std::string& file, std::stop_token stop);
  Result<Answer> AskProvider(const Resource& secret, std::string origin, std::stop_token stop);

  const Options options_;
  const HostKey key_;
  const Vault& vault_;
  Vault* renew_ = nullptr;
  const Clock& clock_;
  const Sops sops_;
  /// The texts that were opened last, with all that they hold: one file may have many Secrets.
  Guarded<std::deque<std::pair<std::string, Opened>>> opened_;
  Guarded<std::map<ResourceKey, Answer>> answers_;  ///< what is not in the vault, or not yet
};

}  // namespace mooring::secret
