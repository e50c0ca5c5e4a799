// SPDX-License-Identifier: Apache-2.0
// Who sends a webhook, how they sign it, and in which headers they say what it is. Pure and
// thread-safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/base/secret_string.h"

namespace mooring::webhook {

/// By lower-case names.
using Headers = std::map<std::string, std::string>;

enum class Sender { kGithub, kGitlab, kGitea, kGenericHmac };

/// "github", "gitlab", "gitea", "generic-hmac".
std::string_view SenderName(Sender sender);
std::optional<Sender> ParseSender(std::string_view name);

enum class Signature { kValid, kMissing, kWrong };

/// "valid", "missing", "wrong".
std::string_view SignatureName(Signature signature);

/// Whether the sender knows `secret`. `body` is as it came; nothing is parsed.
Signature CheckSignature(Sender sender, const SecretString& secret, const Headers& headers,
                         std::string_view body);
/// The header that has to carry it, for a person: "X-Hub-Signature-256".
std::string_view SignatureHeader(Sender sender);

/// What the headers say of a delivery. No signature covers them.
struct Envelope {
  std::string event;  ///< "push"; empty where the sender knows no events
  std::string id;     ///< of this delivery; may be empty
};
/// Both fit for a terminal and cut to 100 bytes.
Envelope ReadEnvelope(Sender sender, const Headers& headers);

/// Whether an event tells of a branch or tag that moved.
bool IsPush(Sender sender, std::string_view event);

}  // namespace mooring::webhook
