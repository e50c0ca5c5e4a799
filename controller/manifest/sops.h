// SPDX-License-Identifier: Apache-2.0
// What SOPS wrote into a document, looked at without any key: which values are encrypted, and
// whether its block is whole. Only places and key names are ever said, never a value.
// Source: SOPS v3.13, stores/stores.go (the block) and aes/cipher.go (a value). Pure; thread-safe.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "controller/manifest/findings.h"
#include "controller/manifest/yaml_tree.h"

namespace mooring::manifest {

/// "ENC[AES256_GCM,data:...,iv:...,tag:...,type:str]", with base64 in its parts.
bool IsSopsValue(std::string_view text);

/// Takes the block `sops` out of a document; nullopt: it has none. A block that SOPS could not open
/// is a finding.
std::optional<Node> TakeSopsBlock(Node& document, Findings& findings);

/// By Position::file: whether the document, and the overlay over it, has a block.
using EncryptedParts = std::array<bool, 2>;

/// Each value of a Secret's spec.data is encrypted, in a file that has a block, or empty: SOPS
/// leaves these. One that is not is a finding and is taken out, so that no other message can show
/// it.
void CheckSecretRules(Node& document, const EncryptedParts& encrypted, Findings& findings);

}  // namespace mooring::manifest
