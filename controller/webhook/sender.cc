// SPDX-License-Identifier: Apache-2.0
#include "controller/webhook/sender.h"

#include <array>
#include <span>
#include <vector>

#include "controller/base/hmac.h"

namespace mooring::webhook {
namespace {

constexpr size_t kShown = 100;

/// How one kind of sender speaks. Of several headers the first that is there counts.
struct Dialect {
  Sender sender;
  std::string_view name;
  std::string_view shown_header;  ///< the first of `signatures`, as people write it
  std::vector<std::string> signatures;
  std::string_view prefix;  ///< of the signature's hex digits
  std::vector<std::string> events;
  std::vector<std::string> ids;
  std::vector<std::string_view> pushes;
};

const Dialect& DialectOf(Sender sender) {
  static const std::array<Dialect, 4> kDialects = {{
      {.sender = Sender::kGithub,
       .name = "github",
       .shown_header = "X-Hub-Signature-256",
       .signatures = {"x-hub-signature-256"},
       .prefix = "sha256=",
       .events = {"x-github-event"},
       .ids = {"x-github-delivery"},
       .pushes = {"push"}},
      // The id of an event is shared by all that a delivery has caused; the key is not.
      {.sender = Sender::kGitlab,
       .name = "gitlab",
       .shown_header = "X-Gitlab-Token",
       .signatures = {"x-gitlab-token"},
       .prefix = "",
       .events = {"x-gitlab-event"},
       .ids = {"idempotency-key", "x-gitlab-event-uuid"},
       .pushes = {"Push Hook", "Tag Push Hook"}},
      {.sender = Sender::kGitea,
       .name = "gitea",
       .shown_header = "X-Gitea-Signature",
       .signatures = {"x-gitea-signature", "x-forgejo-signature"},
       .prefix = "",
       .events = {"x-gitea-event", "x-forgejo-event"},
       .ids = {"x-gitea-delivery", "x-forgejo-delivery"},
       .pushes = {"push"}},
      {.sender = Sender::kGenericHmac,
       .name = "generic-hmac",
       .shown_header = "X-Mooring-Signature",
       .signatures = {"x-mooring-signature", "x-hub-signature-256"},
       .prefix = "sha256=",
       .events = {},
       .ids = {},
       .pushes = {}},
  }};
  return kDialects[static_cast<size_t>(sender)];
}

constexpr std::array kSenders = {Sender::kGithub, Sender::kGitlab, Sender::kGitea,
                                 Sender::kGenericHmac};

const std::string* FirstOf(const std::vector<std::string>& names, const Headers& headers) {
  for (const std::string& name : names) {
    const auto found = headers.find(name);
    if (found != headers.end()) return &found->second;
  }
  return nullptr;
}

/// Anybody may have written it.
std::string Shown(const std::string* text) {
  if (text == nullptr) return "";
  std::string shown = text->substr(0, kShown);
  for (char& c : shown) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return shown;
}

}  // namespace

std::string_view SenderName(Sender sender) { return DialectOf(sender).name; }

std::optional<Sender> ParseSender(std::string_view name) {
  for (const Sender sender : kSenders) {
    if (SenderName(sender) == name) return sender;
  }
  return std::nullopt;
}

std::string_view SignatureName(Signature signature) {
  switch (signature) {
    case Signature::kValid:
      return "valid";
    case Signature::kMissing:
      return "missing";
    case Signature::kWrong:
      break;
  }
  return "wrong";
}

Signature CheckSignature(Sender sender, const SecretString& secret, const Headers& headers,
                         std::string_view body) {
  const Dialect& dialect = DialectOf(sender);
  const std::string* header = FirstOf(dialect.signatures, headers);
  if (header == nullptr || header->empty()) return Signature::kMissing;
  std::string_view given = *header;
  if (sender == Sender::kGitlab)
    return IsSameSecret(given, secret) ? Signature::kValid : Signature::kWrong;
  if (!given.starts_with(dialect.prefix)) return Signature::kWrong;
  given.remove_prefix(dialect.prefix.size());
  return IsHmacSha256(given, body, secret) ? Signature::kValid : Signature::kWrong;
}

std::string_view SignatureHeader(Sender sender) { return DialectOf(sender).shown_header; }

Envelope ReadEnvelope(Sender sender, const Headers& headers) {
  const Dialect& dialect = DialectOf(sender);
  return {.event = Shown(FirstOf(dialect.events, headers)),
          .id = Shown(FirstOf(dialect.ids, headers))};
}

bool IsPush(Sender sender, std::string_view event) {
  const auto& pushes = DialectOf(sender).pushes;
  return std::find(pushes.begin(), pushes.end(), event) != pushes.end();
}

}  // namespace mooring::webhook
