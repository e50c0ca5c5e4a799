// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/plan/last_words.h"

#include "controller/base/redact.h"
#include "controller/base/text.h"

namespace mooring::docker {
namespace {

constexpr size_t kLongestLine = 200;

}  // namespace

std::vector<SecretString> SecretsOf(const AppSpec& app) {
  std::vector<SecretString> secrets;
  for (const ServiceSpec& service : app.services) {
    for (const auto& [name, variable] : service.secret_environment)
      secrets.push_back(variable.value);
    for (const SecretFile& file : service.secret_files) secrets.push_back(file.value);
  }
  return secrets;
}

std::string LastWords(const std::vector<std::string>& lines,
                      const std::vector<SecretString>& secrets) {
  std::vector<std::string> shown;
  for (const std::string& line : lines) {
    std::string text = Redact(line, secrets);
    if (text.size() > kLongestLine) text = text.substr(0, kLongestLine) + "...";
    if (IsText(text) && text.find_first_not_of(" \t\r") != std::string::npos)
      shown.push_back(std::move(text));
  }
  return shown.empty() ? "" : "; it said last: " + Join(shown, " | ");
}

}  // namespace mooring::docker
