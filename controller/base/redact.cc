// SPDX-License-Identifier: Apache-2.0
#include "controller/base/redact.h"

#include <algorithm>

#include "controller/base/text.h"

namespace mooring {
namespace {

constexpr size_t kTellable = 4;  ///< bytes that other words do not have by chance
constexpr char kMask[] = "(secret)";

/// As Go and JSON write it between quotes.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      case '"':
      case '\\':
        out += '\\';
        [[fallthrough]];
      default:
        out += c;
    }
  }
  return out;
}

void ReplaceAll(std::string& text, std::string_view what) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), kMask);
    at += sizeof(kMask) - 1;
  }
}

}  // namespace

std::string Redact(std::string text, const std::vector<SecretString>& secrets) {
  std::vector<std::string> forms;
  for (const SecretString& secret : secrets) {
    const std::string& value = secret.Reveal();
    if (value.empty()) continue;
    if (value.size() < kTellable && text.find(value) != std::string::npos)
      return "(not shown, because it may hold a secret)";
    for (const std::string& line : Split(value, '\n')) forms.push_back(line);
    forms.push_back(value);
    forms.push_back(Escaped(value));
    forms.push_back(Escaped(Escaped(value)));
  }
  // The longest first: a part of it must not be masked before the whole.
  std::ranges::sort(forms, std::greater<>(), &std::string::size);
  for (const std::string& form : forms) {
    if (form.size() >= kTellable) ReplaceAll(text, form);
  }
  return text;
}

Error Redact(const Error& error, const std::vector<SecretString>& secrets) {
  Error redacted = Error(error.code(), Redact(error.ToString(), secrets));
  if (!error.reason().empty()) redacted = redacted.WithReason(error.reason());
  if (error.retry_after()) redacted = redacted.WithRetryAfter(*error.retry_after());
  return redacted;
}

}  // namespace mooring
