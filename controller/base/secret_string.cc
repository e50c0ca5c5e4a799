// SPDX-License-Identifier: Apache-2.0
#include "controller/base/secret_string.h"

#include <sodium.h>

namespace mooring {

// The whole buffer: a value that was longer before, or was moved away, has left its bytes there.
void SecretString::Wipe() {
  value_.resize(value_.capacity());
  sodium_memzero(value_.data(), value_.size());
  value_.clear();
}

bool SecretString::operator==(const SecretString& other) const {
  return value_.size() == other.value_.size() &&
         sodium_memcmp(value_.data(), other.value_.data(), value_.size()) == 0;
}

}  // namespace mooring
