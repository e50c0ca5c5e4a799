// SPDX-License-Identifier: Apache-2.0
#include "controller/store/keys.h"

namespace mooring::store_keys {
namespace {

std::string Identity(const ResourceKey& key) {
  std::string text = key.kind;
  text.push_back('\0');
  text += key.ns;
  text.push_back('\0');
  text += key.name;
  return text;
}

void AppendSequence(std::string& key, uint64_t sequence) {
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(sequence >> shift));
}

}  // namespace

std::string StatusKey(const ResourceKey& key) { return kStatusPrefix + Identity(key); }

std::string IntentKey(const ResourceKey& key) { return "p " + Identity(key); }

std::string EventKey(uint64_t sequence) {
  std::string key = kEventPrefix;
  AppendSequence(key, sequence);
  return key;
}

std::string EventIndexPrefix(const ResourceKey& key) {
  std::string prefix = "i " + Identity(key);
  prefix.push_back('\0');
  return prefix;
}

std::string EventIndexKey(const ResourceKey& key, uint64_t sequence) {
  std::string index = EventIndexPrefix(key);
  AppendSequence(index, sequence);
  return index;
}

uint64_t SequenceOf(std::string_view key) {
  uint64_t sequence = 0;
  for (const char c : key.substr(key.size() - std::min<size_t>(key.size(), 8))) {
    sequence = sequence << 8 | static_cast<unsigned char>(c);
  }
  return sequence;
}

}  // namespace mooring::store_keys
