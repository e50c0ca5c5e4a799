// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/config_keys.h"

#include "controller/base/text.h"

namespace mooring::manifest {
namespace {

constexpr std::string_view kSources = "sources";

/// addressPool -> ADDRESS_POOL
std::string UpperWords(std::string_view camel) {
  std::string words;
  for (const char c : camel) {
    const bool starts_word = c >= 'A' && c <= 'Z';
    if (starts_word) words += '_';
    words += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return words;
}

ConfigKey KeyOf(const std::vector<std::string>& path, const Schema& schema) {
  ConfigKey key{.path = path, .name = "", .variable = "MOORING", .schema = &schema};
  for (size_t i = 0; i < path.size(); ++i) {
    const bool of_source = i == 0 && path[i] == kSources;
    key.name += (i == 0 ? "" : ".") + path[i] + (of_source ? "[]" : "");
    key.variable += "_" + (of_source ? "SOURCE" : UpperWords(path[i]));
  }
  return key;
}

void Collect(const Schema& schema, std::vector<std::string>& path, std::vector<ConfigKey>& keys) {
  for (const Property& p : schema.properties) {
    path.push_back(p.name);
    if (path.size() == 1 && p.name == kSources) {
      Collect(*p.schema.each, path, keys);
    } else if (p.schema.has_fields) {
      Collect(p.schema, path, keys);
    } else {
      keys.push_back(KeyOf(path, p.schema));
    }
    path.pop_back();
  }
}

}  // namespace

const std::vector<ConfigKey>& ConfigKeys() {
  static const std::vector<ConfigKey> kKeys = [] {
    std::vector<ConfigKey> keys;
    std::vector<std::string> path;
    Collect(ConfigKind().schema, path, keys);
    return keys;
  }();
  return kKeys;
}

const ConfigKey* FindConfigKey(std::string_view name) {
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

}  // namespace mooring::manifest
