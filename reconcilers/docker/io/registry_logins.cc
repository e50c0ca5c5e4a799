// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/docker/io/registry_logins.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/base/base64.h"
#include "controller/resource/resource.h"

namespace mooring::docker {
namespace {

/// How docker login calls a registry.
bool IsFor(const std::string& entry, const std::string& registry) {
  std::string name =
      entry.substr(entry.find("://") == std::string::npos ? 0 : entry.find("://") + 3);
  name = name.substr(0, name.find('/'));
  return name == registry || (registry == "docker.io" && name == "index.docker.io");
}

std::unexpected<Error> Failed(const std::filesystem::path& file, std::string_view what) {
  return Fail(ErrorCode::kFailedPrecondition,
              fmt::format("docker.configFile {}: {}", file.string(), what));
}

}  // namespace

Result<std::optional<RegistryLogin>> RegistryLogins::Find(const std::string& registry) const {
  if (file_.empty()) return std::nullopt;
  std::ifstream stream(file_, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return Failed(file_, "it cannot be read");
  const Json json = Json::parse(text.str(), nullptr, false);
  if (!json.is_object()) return Failed(file_, "it is no JSON as docker login writes it");
  const Json logins = json.value("auths", Json::object());
  for (const auto& [entry, login] : logins.items()) {
    if (!IsFor(entry, registry) || !login.is_object()) continue;
    const auto auth = login.find("auth");
    const bool has_auth = auth != login.end() && auth->is_string();
    const auto pair = DecodeBase64(has_auth ? auth->get<std::string>() : "");
    const size_t colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos) {
      if (!json.contains("credsStore") && !json.contains("credHelpers")) continue;
      return Failed(file_, fmt::format("the login for {} is kept by a program, which is not asked; "
                                       "log in with a configuration without credsStore, or name it "
                                       "in the Namespace's registryCredentials",
                                       registry));
    }
    return RegistryLogin{registry, pair->substr(0, colon), SecretString(pair->substr(colon + 1))};
  }
  return std::nullopt;
}

std::string RegistryAuth(const RegistryLogin& login) {
  const Json json = {{"username", login.username},
                     {"password", login.password.Reveal()},
                     {"serveraddress", login.server}};
  return EncodeBase64Url(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace mooring::docker
