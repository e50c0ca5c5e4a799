// SPDX-License-Identifier: Apache-2.0
// Where Caddy's configuration holds values of Secrets, so that whoever shows a part of it leaves
// them out: hashes of passwords, certificates and their keys, headers that carry a credential. Pure
// and thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/base/secret_string.h"
#include "reconcilers/caddy/site_config.h"

namespace mooring::caddy {

/// "Authorization", "X-Api-Key": a name whose value is taken for a secret.
bool HasSecretWord(std::string_view name);

/// Whether a JSON pointer leads to a secret, or into one.
bool IsSecretPlace(const std::string& pointer);

/// `value` with "(secret)" in place of each secret below it.
Json WithoutSecrets(Json value);

/// What a configuration, or a part of one, holds of Secrets, in document order: hashes as they are
/// in Caddy's JSON, and what these stand for.
std::vector<SecretString> SecretsIn(const Json& value);

/// An `@id` for a Site's routes that says which values they were rendered with, so that a value
/// edited in Caddy is told from one that its Secret has changed; empty when there are none.
std::string ValuesId(const ResourceKey& key, const SiteConfig& config);
/// Where it stands in the part kMainPart.
inline const Json::json_pointer kValuesId("/handle/0/@id");
/// Whether the values in `config` are still those that it was rendered with.
bool HasValuesAsRendered(const ResourceKey& key, const SiteConfig& config);

}  // namespace mooring::caddy
