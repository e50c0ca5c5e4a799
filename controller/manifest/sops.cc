// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/sops.h"

#include <algorithm>

#include "controller/manifest/format_checks.h"

namespace mooring::manifest {
namespace {

constexpr std::string_view kWhatOpensIt[] = {"age",      "pgp",      "kms",   "gcp_kms",
                                             "azure_kv", "hc_vault", "hckms", "key_groups"};

bool IsBase64(std::string_view text) {
  const auto in_base64 = [](char c) { return IsAlnum(c) || c == '+' || c == '/'; };
  const size_t end = text.find('=');
  const std::string_view padding = end == std::string_view::npos ? "" : text.substr(end);
  return Consists(text.substr(0, end), in_base64) && (padding.size() <= 2) &&
         Consists(padding, [](char c) { return c == '='; });
}

/// Cuts "name:value" and what ends it from the front of `text`; nullopt: it does not begin so.
std::optional<std::string_view> CutPart(std::string_view& text, std::string_view name, char end) {
  if (!text.starts_with(name)) return std::nullopt;
  text.remove_prefix(name.size());
  const size_t length = text.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  const std::string_view value = text.substr(0, length);
  text.remove_prefix(length + 1);
  return value;
}

bool HasItems(const Node* node) {
  return node != nullptr && (!node->items.empty() || !node->members.empty());
}

void CheckBlock(const Node& block, Findings& findings) {
  const auto broken = [&](std::string what) {
    findings.Add(block.at, std::move(what),
                 fmt::format("take the file from before the edit, and change it with: sops edit {}",
                             findings.Place(block.at).file));
  };
  for (const std::string_view name : {"mac", "lastmodified", "version"}) {
    const Node* value = block.Find(name);
    if (value == nullptr || !value->IsString() || value->text.empty())
      return broken(fmt::format("the block sops has no {}", name));
  }
  if (!IsSopsValue(block.StringAt("mac")))
    return broken("the mac of the block sops is no SOPS value");
  const bool opens = std::ranges::any_of(
      kWhatOpensIt, [&](std::string_view name) { return HasItems(block.Find(name)); });
  if (!opens) broken("the block sops names no key that could open it");
}

}  // namespace

bool IsSopsValue(std::string_view text) {
  if (!text.ends_with(']')) return false;
  const auto data = CutPart(text, "ENC[AES256_GCM,data:", ',');
  const auto iv = data ? CutPart(text, "iv:", ',') : std::nullopt;
  const auto tag = iv ? CutPart(text, "tag:", ',') : std::nullopt;
  const auto type = tag ? CutPart(text, "type:", ']') : std::nullopt;
  if (!type || !text.empty()) return false;
  constexpr std::string_view kTypes[] = {"str", "int", "float", "bool", "bytes", "comment", "time"};
  return IsBase64(*data) && !iv->empty() && IsBase64(*iv) && !tag->empty() && IsBase64(*tag) &&
         std::ranges::find(kTypes, *type) != std::end(kTypes);
}

std::optional<Node> TakeSopsBlock(Node& document, Findings& findings) {
  const auto found = std::ranges::find(document.members, "sops", &Member::key);
  if (found == document.members.end()) return std::nullopt;
  Node block = std::move(found->value);
  document.members.erase(found);
  CheckBlock(block, findings);
  return block;
}

void CheckSecretRules(Node& document, const EncryptedParts& encrypted, Findings& findings) {
  Node* spec = document.Find("spec");
  Node* data = spec == nullptr ? nullptr : spec->Find("data");
  const Node* provider = spec == nullptr ? nullptr : spec->Find("provider");
  const Node* keys = spec == nullptr ? nullptr : spec->Find("keys");
  if (provider != nullptr && keys == nullptr) {
    findings.Add(provider->at, "a Secret with a provider has no keys",
                 "add keys: {token: team/token}, the key here and what the provider calls it");
  } else if (keys != nullptr && provider == nullptr && data != nullptr) {
    findings.Add(keys->at, "keys are what a provider is asked for, and there is none",
                 "remove them");
  }
  if (data == nullptr || !data->IsMap()) return;
  for (Member& m : data->members) {
    if (m.value.IsNull() || (m.value.IsString() && m.value.text.empty())) continue;
    const bool has_block = encrypted[m.value.at.file == 0 ? 0 : 1];
    const bool is_encrypted = m.value.IsString() && IsSopsValue(m.value.text);
    if (is_encrypted && has_block) continue;
    const std::string file = findings.Place(m.value.at).file;
    if (is_encrypted) {
      findings.Add(m.value.at,
                   fmt::format("spec.data.{} is encrypted, and the file has no block "
                               "sops that says how",
                               m.key),
                   fmt::format("take the version before, and change it with: sops edit {}", file));
    } else if (has_block) {
      findings.Add(
          m.value.at, fmt::format("spec.data.{} is in clear", m.key),
          fmt::format("put the encrypted value back, then change it with: sops edit {}", file));
    } else {
      findings.Add(m.value.at, fmt::format("spec.data.{} is in clear", m.key),
                   fmt::format("encrypt it before it is committed: sops encrypt --in-place "
                               "--encrypted-regex '^data$' {}",
                               file));
    }
    m.value = Node::String(m.value.at, "");
  }
}

}  // namespace mooring::manifest
