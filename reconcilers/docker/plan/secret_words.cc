// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/secret_words.h"

#include <algorithm>
#include <vector>

#include "controller/base/text.h"

namespace mooring::docker {
namespace {

/// The words of a command line, of a list of them or of one as JSON.
std::vector<std::string_view> Words(std::string_view text) {
  constexpr std::string_view kBetween = " \t\r\n\"'`,[]{}";
  std::vector<std::string_view> words;
  for (size_t begin = 0; (begin = text.find_first_not_of(kBetween, begin)) != text.npos;) {
    const size_t end = std::min(text.find_first_of(kBetween, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

}  // namespace

bool HasSecretWord(std::string_view name) {
  static constexpr std::string_view kWords[] = {"PASS", "PWD", "SECRET",  "TOKEN",     "KEY",
                                                "AUTH", "DSN", "PRIVATE", "CREDENTIAL"};
  std::string upper(name);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return upper.find(word) != std::string::npos; });
}

bool HasUserInfo(std::string_view text) {
  for (size_t at = 0; (at = text.find("//", at)) != text.npos; at += 2) {
    const std::string_view url = text.substr(at + 2, text.find_first_of(" \t\r\n", at) - at - 2);
    const size_t sign = url.rfind('@');
    if (sign == url.npos) continue;
    // A password may hold a slash that nobody escaped; a path may hold an "@" without a ":".
    if (url.find(':') < sign || url.find('/') > sign) return true;
  }
  return false;
}

bool HasSecretArgument(std::string_view text) {
  const std::vector<std::string_view> words = Words(text);
  return std::any_of(words.begin(), words.end(), [](std::string_view word) {
    const size_t end = word.find_first_of("=:");
    return (word.starts_with('-') || end != word.npos) && HasSecretWord(word.substr(0, end));
  });
}

std::set<std::string> SecretVariables(std::string_view label) {
  std::set<std::string> names;
  for (std::string& name : Split(label, ',')) names.insert(std::move(name));
  names.erase("");
  return names;
}

}  // namespace mooring::docker
