// SPDX-License-Identifier: Apache-2.0
// What one Site is inside Caddy's configuration: a few JSON parts, each with its own `@id`. Values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/resource/resource.h"

namespace mooring::caddy {

inline constexpr char kHttpServer[] = "mooring_http";
inline constexpr char kHttpsServer[] = "mooring_https";
/// The place of certificate policies: apps.tls.automation.policies.
inline constexpr char kTlsPolicies[] = "tls";
/// The place of certificates that are given: apps.tls.certificates.load_pem.
inline constexpr char kTlsCertificates[] = "certificates";

/// One route, certificate policy or certificate.
struct SitePart {
  std::string place;  ///< kHttpServer, kHttpsServer, kTlsPolicies or kTlsCertificates
  Json value;         ///< has its "@id"
  bool operator==(const SitePart&) const = default;
};

/// By `@id`. Equality is structural: objects unordered, arrays ordered, numbers by value.
struct SiteConfig {
  std::map<std::string, SitePart> parts;
  bool operator==(const SiteConfig&) const = default;

  /// The part "mooring:site:<ns>:<name>" + suffix, null when there is none.
  const SitePart* Find(const ResourceKey& key, std::string_view suffix) const;
  /// "sha256:<hex>" of the canonical JSON of all parts.
  std::string Digest() const;
};

// What stands behind "mooring:site:<ns>:<name>" in the `@id` of each part.
inline constexpr char kMainPart[] = "";               ///< the routes
inline constexpr char kRedirectPart[] = ":redirect";  ///< redirectFrom
inline constexpr char kHttpPart[] = ":http";          ///< http to https
inline constexpr char kTlsPart[] = ":tls";            ///< the certificate policy
inline constexpr char kFilesPart[] = ":files";        ///< the certificate that is given

std::string PartId(const ResourceKey& key, std::string_view suffix);
/// The Site that an `@id` belongs to; nullopt for an id that is not ours.
std::optional<ResourceKey> KeyOfPartId(std::string_view id);
/// The `@id` of a JSON object; empty when it has none.
std::string IdOf(const Json& value);

/// Where two JSON values first differ, in document order of `desired`: a JSON pointer. nullopt:
/// equal.
std::optional<std::string> FirstDifference(const Json& actual, const Json& desired);
/// The value at a pointer as short text: "(none)" when there is none, long ones cut, secrets left
/// out.
std::string ShortText(const Json& document, const std::string& pointer);

}  // namespace mooring::caddy
