// SPDX-License-Identifier: Apache-2.0
#include "controller/source/input_rules.h"

#include "controller/base/text.h"

namespace mooring {
namespace {

constexpr size_t kMaxPath = 4096;
constexpr size_t kMaxShown = 256;

/// The length of the UTF-8 sequence at the front of `text`; 0 when there is none (RFC 3629).
size_t Utf8Length(std::string_view text) {
  const auto byte = [&](size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto continues = [&](size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      if ((byte(i) & 0xc0) != 0x80) return false;
    }
    return true;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1, 2) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = lead == 0xed && byte(1) > 0x9f;
    return continues(1, 3) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool overlong = lead == 0xf0 && byte(1) < 0x90;
    const bool too_large = lead == 0xf4 && byte(1) > 0x8f;
    return continues(1, 4) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

/// What is wrong with the path; "" when nothing is.
std::string_view Problem(std::string_view path) {
  if (path.size() > kMaxPath) return "is too long a path";
  for (const std::string& part : Split(path, '/')) {
    if (part.empty() || part == "." || part == "..") return "is not a path of a file";
  }
  for (std::string_view rest = path; !rest.empty(); rest.remove_prefix(Utf8Length(rest))) {
    const auto first = static_cast<unsigned char>(rest.front());
    if (first < 0x20 || first == 0x7f) return "has a control character in its name";
    if (Utf8Length(rest) == 0) return "has a name that is not UTF-8";
  }
  return "";
}

/// The path with "\xe9" for bytes that must not reach a terminal.
std::string Printable(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMaxShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out.push_back(c);
    } else {
      out += fmt::format("\\x{:02x}", byte);
    }
  }
  return out;
}

}  // namespace

Result<std::string> NormalizeFolder(std::string_view folder) {
  std::vector<std::string> parts;
  for (std::string& part : Split(folder, '/')) {
    if (part == "..") {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("the path {} leads out of the repository; name a folder in it",
                              Printable(folder)));
    }
    if (!part.empty() && part != ".") parts.push_back(std::move(part));
  }
  return Join(parts, "/");
}

Status CheckPath(std::string_view path) {
  const std::string_view problem = Problem(path);
  if (problem.empty()) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("{} {}; rename or remove it", Printable(path), problem));
}

std::string ForPeople(std::string_view text, size_t max) {
  std::string out;
  while (!text.empty()) {
    if (out.size() >= max) return out + "...";
    const auto first = static_cast<unsigned char>(text.front());
    const size_t length = Utf8Length(text);
    // Two bytes from U+0080 on: those below U+00A0 control a terminal as those below 0x20 do.
    const bool control =
        first < 0x20 || first == 0x7f ||
        (first == 0xc2 && length == 2 && static_cast<unsigned char>(text[1]) < 0xa0);
    const bool blank = first == '\n' || first == '\t' || first == '\r';
    if (length == 0 || control) {
      out += blank ? ' ' : '?';
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

Error TooLarge(std::string_view what, uint64_t size, uint64_t limit) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("{}: it has {} bytes, the limit is {}", what, size, limit)};
}

Error IsSubmodule(std::string_view what) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("{}: it is a repository of its own (a Git submodule), which is not read; "
                      "commit its files here instead",
                      what)};
}

}  // namespace mooring
