// SPDX-License-Identifier: Apache-2.0
// A string that does not print itself. It has no operator<<, formats as "***", compares in constant
// time, and its memory is wiped when it goes. Not thread-safe beyond const access.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace mooring {

class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string value) : value_(std::move(value)) {}
  SecretString(const SecretString&) = default;
  SecretString(SecretString&& other) noexcept : value_(std::move(other.value_)) { other.Wipe(); }
  /// The value that is replaced is wiped with `other`.
  SecretString& operator=(SecretString other) noexcept {
    value_.swap(other.value_);
    return *this;
  }
  ~SecretString() { Wipe(); }

  /// The value itself; name the reason where you call it.
  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  bool operator==(const SecretString& other) const;

 private:
  void Wipe();
  std::string value_;
};

}  // namespace mooring

template <>
struct fmt::formatter<mooring::SecretString> : fmt::formatter<std::string_view> {
  template <typename Context>
  auto format(const mooring::SecretString&, Context& context) const {
    return fmt::formatter<std::string_view>::format("***", context);
  }
};
