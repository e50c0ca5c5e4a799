// SPDX-License-Identifier: Apache-2.0
#include "controller/webhook/delivery.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace mooring::webhook {
namespace {

using Json = nlohmann::json;

/// Git itself allows no more than a file name.
constexpr size_t kLongestRef = 255;

/// Takes `ref` and `after` of the outermost object, and builds nothing of all the rest.
class PushReader final : public nlohmann::json_sax<Json> {
 public:
  bool start_object(size_t) override {
    object_ = object_ || depth_ == 0;
    return Open();
  }
  bool end_object() override { return Close(); }
  bool start_array(size_t) override { return Open(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    if (depth_ == 1) key_ = name;
    return true;
  }
  bool string(string_t& text) override {
    if (depth_ != 1) return true;
    if (key_ == "ref") ref = text;
    if (key_ == "after") after = text;
    return true;
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool parse_error(size_t at, const std::string&, const Json::exception&) override {
    failed_at = at;
    return false;
  }

  bool object() const { return object_; }
  std::string ref;
  std::string after;
  size_t failed_at = 0;  ///< bytes

 private:
  bool Open() {
    ++depth_;
    return true;
  }
  bool Close() {
    --depth_;
    return true;
  }
  bool object_ = false;
  size_t depth_ = 0;
  std::string key_;
};

bool IsSpace(char c) { return c == ' ' || c == '\t'; }

/// "application/json" of "Application/JSON; charset=utf-8".
std::string MediaType(std::string_view header) {
  std::string type(header.substr(0, header.find(';')));
  std::erase_if(type, IsSpace);
  for (char& c : type) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return type;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// nullopt when a '%' is not followed by two hex digits.
std::optional<std::string> DecodeFormValue(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

Result<std::string> PayloadOf(std::string_view form) {
  constexpr std::string_view kField = "payload=";
  while (!form.starts_with(kField)) {
    const size_t next = form.find('&');
    if (next == std::string_view::npos)
      return Fail(ErrorCode::kInvalidArgument, "the form has no field payload");
    form.remove_prefix(next + 1);
  }
  form.remove_prefix(kField.size());
  auto payload = DecodeFormValue(form.substr(0, form.find('&')));
  if (!payload) return Fail(ErrorCode::kInvalidArgument, "the form has bad percent-encoding");
  return *std::move(payload);
}

Result<Push> ReadJson(std::string_view text) {
  PushReader reader;
  if (!Json::sax_parse(text, &reader)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the body is not JSON, from byte {} on", reader.failed_at));
  }
  if (!reader.object() || reader.ref.empty())
    return Fail(ErrorCode::kInvalidArgument, "the body has no ref, so it is no push");
  const bool zeros =
      !reader.after.empty() && std::ranges::all_of(reader.after, [](char c) { return c == '0'; });
  return Push{.ref = std::move(reader.ref), .deleted = zeros};
}

}  // namespace

Result<Push> ReadPush(std::string_view content_type, std::string_view body) {
  const std::string type = MediaType(content_type);
  if (type.empty() || type == "application/json") return ReadJson(body);
  if (type != "application/x-www-form-urlencoded") {
    return Fail(ErrorCode::kInvalidArgument,
                "a push is application/json or application/x-www-form-urlencoded; choose one of "
                "them where the webhook is set up");
  }
  MOORING_TRY(const std::string payload, PayloadOf(body));
  return ReadJson(payload);
}

std::string RefInWords(std::string_view ref) {
  constexpr std::string_view kBranch = "refs/heads/";
  constexpr std::string_view kTag = "refs/tags/";
  if (ref.size() > kLongestRef) return fmt::format("a ref of {} bytes", ref.size());
  std::string words(ref);
  if (ref.starts_with(kBranch)) words = fmt::format("branch {}", ref.substr(kBranch.size()));
  if (ref.starts_with(kTag)) words = fmt::format("tag {}", ref.substr(kTag.size()));
  for (char& c : words) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return words;
}

}  // namespace mooring::webhook
