// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/webhooks.h"

#include "controller/git/private_file.h"
#include "controller/resource/reasons.h"

namespace mooring::cli {

std::string FollowedRef(const SourceConfig& source) {
  if (!source.tag.empty()) return "refs/tags/" + source.tag;
  return source.commit.empty() ? "refs/heads/" + source.branch : "";
}

Result<SecretString> ReadWebhookSecret(const std::filesystem::path& file) {
  MOORING_TRY(const SecretString read, git::ReadPrivateFile(file.string(), "the webhook's secret"));
  std::string text = read.Reveal();  // to take the line's end off
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  SecretString secret(std::move(text));
  if (!secret.empty()) return secret;
  return Fail(ErrorCode::kFailedPrecondition,
              fmt::format("read the webhook's secret {}: it is empty; make one with: openssl rand "
                          "-hex 32",
                          file.string()));
}

Webhooks::Webhooks(const Config& config, const Parts& parts)
    : host_name_(config.host_name),
      events_(parts.events),
      log_(parts.log),
      receiver_({.look_now = parts.look_now,
                 .on_refused =
                     [this](const std::string& hook) {
                       Tell(reason::kWebhookRefused,
                            fmt::format("webhook {}: a delivery was refused, its signature is "
                                        "missing or wrong; see: mooring doctor --webhook",
                                        hook));
                     },
                 .metrics = parts.metrics,
                 .clock = parts.clock,
                 .log = parts.log}) {
  ReadAgain(config);
}

void Webhooks::ReadAgain(const Config& config) {
  std::vector<webhook::Hook> hooks;
  for (const SourceConfig& source : config.sources) {
    for (const WebhookConfig& hook : source.webhooks) {
      hooks.push_back({.name = hook.name,
                       .sender = hook.sender,
                       .source = source.name,
                       .ref = FollowedRef(source),
                       .secret = SecretOf(hook)});
    }
  }
  receiver_.Configure(hooks);
}

SecretString Webhooks::SecretOf(const WebhookConfig& config) {
  SecretString& kept = secrets_[config.secret_file];
  auto read = ReadWebhookSecret(config.secret_file);
  if (read) {
    kept = *std::move(read);
    return kept;
  }
  const std::string why = read.error().ToString();
  log_.With("webhook", config.name).With("error", why).Error("webhook's secret cannot be read");
  Tell(reason::kConfigurationInvalid,
       fmt::format("webhook {}: {}; {}", config.name, why,
                   kept.empty() ? "its deliveries are answered with 503 until then"
                                : "the secret of before stays in force"));
  return kept;
}

void Webhooks::Tell(const char* reason, const std::string& message) {
  events_.Record(Severity::kWarning, {"Host", "", host_name_}, reason, message, "");
}

}  // namespace mooring::cli
