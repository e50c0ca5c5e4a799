// SPDX-License-Identifier: Apache-2.0
#include "controller/reconcile/confirmation.h"

#include <fmt/format.h>

#include "controller/base/digest.h"

namespace mooring {
namespace {

constexpr size_t kHexDigits = 8;

}  // namespace

std::string ConfirmationToken(std::string_view act, const std::vector<std::string>& bound_to) {
  // With their lengths, so that no two lists look alike.
  std::string text(act);
  for (const std::string& part : bound_to) text += fmt::format("\n{}:{}", part.size(), part);
  return fmt::format("{}-{}", act, Sha256Hex(text).substr(0, kHexDigits));
}

}  // namespace mooring
