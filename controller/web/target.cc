// SPDX-License-Identifier: Apache-2.0
#include "controller/web/target.h"

#include "controller/base/text.h"

namespace mooring::web {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::unexpected<Error> Bad(std::string_view what, std::string_view text) {
  constexpr size_t kShown = 200;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} in the request target {}", what, text.substr(0, kShown)));
}

Status ParseQuery(std::string_view text, std::map<std::string, std::string>& query) {
  for (std::string& pair : Split(text, '&')) {
    if (pair.empty()) continue;
    std::replace(pair.begin(), pair.end(), '+', ' ');
    const size_t equals = pair.find('=');
    const auto name = PercentDecode(std::string_view(pair).substr(0, equals));
    const auto value = equals == std::string::npos
                           ? std::optional<std::string>("")
                           : PercentDecode(std::string_view(pair).substr(equals + 1));
    if (!name || !value) return Bad("bad percent-encoding", text);
    query[*name] = *value;
  }
  return {};
}

}  // namespace

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    out.push_back(c);
  }
  return out;
}

std::string Target::Path() const { return "/" + Join(segments, "/"); }

Result<Target> Target::Parse(std::string_view text) {
  if (!text.starts_with('/')) return Bad("no leading slash", text);
  const size_t question = text.find('?');
  Target target;
  for (const std::string& part : Split(text.substr(1, question - 1), '/')) {
    auto segment = PercentDecode(part);
    if (!segment) return Bad("bad percent-encoding", text);
    if (*segment == "." || *segment == "..") return Bad("a relative segment", text);
    target.segments.push_back(*std::move(segment));
  }
  if (question != std::string_view::npos) {
    MOORING_RETURN_IF_ERROR(ParseQuery(text.substr(question + 1), target.query));
  }
  return target;
}

}  // namespace mooring::web
