// SPDX-License-Identifier: Apache-2.0
// The one error type. A code says what to do next, not what went wrong inside; the text is written
// for the person who must act on it: lower case, what was tried, on what, and the cause.
// Values; safe to copy between threads.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace mooring {

/// What to do about a failure. `ClassifyError` (controller/reconcile/outcome.h) maps each code to
/// an outcome of the loop, in that one place.
enum class ErrorCode {
  kInvalidArgument,     ///< the input is wrong; the same input fails again
  kFailedPrecondition,  ///< the world must be changed by a person first
  kPermissionDenied,    ///< we may not
  kUnauthenticated,     ///< credentials are missing or wrong
  kDataLoss,            ///< stored data is damaged
  kUnavailable,         ///< the other side does not answer; try again later
  kDeadlineExceeded,    ///< it took too long; the effect is unknown, observe again
  kInternal,            ///< anything else that may pass
  kNotFound,            ///< the thing is confirmed absent
  kAborted,             ///< the world moved under us; observe again at once
  kCancelled,           ///< we are shutting down
};

/// The code's name, as logs and JSON show it: "invalid-argument".
std::string_view ErrorCodeName(ErrorCode code);

class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  /// The text without what `ToString` puts in front of it.
  const std::string& message() const { return message_; }
  /// A status reason word ("NameConflict"); empty when the outcome's default fits.
  const std::string& reason() const { return reason_; }
  /// When the other side said how long to wait.
  std::optional<std::chrono::milliseconds> retry_after() const { return retry_after_; }

  /// Puts `context` in front: what was being done when this happened.
  Error WithContext(std::string_view context) const;
  Error WithReason(std::string_view reason) const;
  Error WithRetryAfter(std::chrono::milliseconds after) const;

  /// One line: "start container default_hello_web_1: port 80 is already allocated".
  std::string ToString() const;

 private:
  ErrorCode code_;
  std::string message_;
  std::string context_;
  std::string reason_;
  std::optional<std::chrono::milliseconds> retry_after_;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

/// `return Fail(ErrorCode::kNotFound, "no container " + id);`
inline std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return std::unexpected(Error(code, std::move(message)));
}

}  // namespace mooring

// The two ways to pass an error on. `MOORING_TRY(auto x, F())` declares x or returns F's error.
#define MOORING_CONCAT_INNER(a, b) a##b
#define MOORING_CONCAT(a, b) MOORING_CONCAT_INNER(a, b)
#define MOORING_TRY(declaration, expression)                                      \
  auto MOORING_CONCAT(result_, __LINE__) = (expression);                          \
  if (!MOORING_CONCAT(result_, __LINE__))                                         \
    return std::unexpected(std::move(MOORING_CONCAT(result_, __LINE__)).error()); \
  declaration = *std::move(MOORING_CONCAT(result_, __LINE__))
#define MOORING_RETURN_IF_ERROR(expression)                     \
  do {                                                          \
    if (auto status_of_try = (expression); !status_of_try)      \
      return std::unexpected(std::move(status_of_try).error()); \
  } while (false)
