// SPDX-License-Identifier: Apache-2.0
// The values that secretRefs lead to, for planners. Values never leave memory through here: who
// shows something shows that it is a secret, and whether it changed.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "controller/base/error.h"
#include "controller/base/secret_string.h"
#include "controller/resource/resource.h"
#include "controller/resource/secret_ref.h"

namespace mooring {

/// What one Secret has, by key. Immutable once shared.
using SecretData = std::map<std::string, SecretString>;

using SecretDataPtr = std::shared_ptr<const SecretData>;

/// Where the values are. Thread-safe.
class SecretReader {
 public:
  virtual ~SecretReader() = default;
  /// What `secret` says. One that was opened before is not opened again while nothing that it is
  /// made of has changed. Errors carry the reason why it cannot be opened, and nothing of it.
  virtual Result<SecretDataPtr> Open(const Resource& secret, std::stop_token stop) = 0;
  /// What was applied last; null: nothing was.
  virtual SecretDataPtr Applied(const ResourceKey& secret) = 0;
};

/// What the references of one resource lead to. Immutable once built.
class SecretValues {
 public:
  void Add(const SecretRef& ref, SecretString value) { values_[ref] = std::move(value); }
  /// Null: there is no such value.
  const SecretString* Find(const SecretRef& ref) const {
    const auto found = values_.find(ref);
    return found == values_.end() ? nullptr : &found->second;
  }

 private:
  std::map<SecretRef, SecretString> values_;
};

}  // namespace mooring
