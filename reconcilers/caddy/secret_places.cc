// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/secret_places.h"

#include "controller/base/base64.h"
#include "controller/base/digest.h"
#include "controller/base/text.h"

namespace mooring::caddy {
namespace {

/// Members of Caddy's JSON that Mooring writes values of Secrets into.
bool HoldsValue(std::string_view member) {
  return member == "password" || member == "certificate" || member == "key";
}

void Collect(const Json& value, bool secret, std::vector<SecretString>& secrets) {
  if (value.is_string() && secret) {
    const std::string& text = value.get_ref<const std::string&>();
    secrets.emplace_back(text);
    if (auto decoded = DecodeBase64(text)) secrets.emplace_back(*std::move(decoded));
  }
  if (value.is_array()) {
    for (const Json& member : value) Collect(member, secret, secrets);
  } else if (value.is_object()) {
    for (const auto& [name, member] : value.items())
      Collect(member, secret || HoldsValue(name), secrets);
  }
}

}  // namespace

bool HasSecretWord(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* word : {"authorization", "cookie", "token", "secret", "key", "password"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return HoldsValue(lower);
}

bool IsSecretPlace(const std::string& pointer) {
  return std::ranges::any_of(Split(pointer, '/'), HasSecretWord);
}

Json WithoutSecrets(Json value) {
  if (!value.is_structured()) return value;
  for (auto& [name, member] : value.items()) {
    if (value.is_object() && HasSecretWord(name)) {
      member = "(secret)";
    } else {
      member = WithoutSecrets(std::move(member));
    }
  }
  return value;
}

std::vector<SecretString> SecretsIn(const Json& value) {
  std::vector<SecretString> secrets;
  Collect(value, false, secrets);
  return secrets;
}

std::string ValuesId(const ResourceKey& key, const SiteConfig& config) {
  std::string all;
  for (const auto& [id, part] : config.parts) {
    for (const SecretString& secret : SecretsIn(part.value)) all += secret.Reveal() + '\0';
  }
  if (all.empty()) return "";
  // Not keyed: who can read it reads the values beside it.
  return fmt::format("mooring:values:{}:{}:{}", key.ns, key.name, Sha256Hex(all).substr(0, 16));
}

bool HasValuesAsRendered(const ResourceKey& key, const SiteConfig& config) {
  const SitePart* main = config.Find(key, kMainPart);
  if (main == nullptr || !main->value.contains(kValuesId)) return false;
  return main->value.at(kValuesId) == ValuesId(key, config);
}

}  // namespace mooring::caddy
