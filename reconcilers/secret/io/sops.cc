// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/secret/io/sops.h"

#include <unistd.h>

#include <algorithm>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"

namespace mooring::secret {
namespace {

constexpr Duration kDeadline = std::chrono::seconds(30);  // a key service may be far away
constexpr size_t kMostOutput = 16 << 20;                  // bytes
constexpr size_t kMostRecipients = 4;                     // that an error names

/// What key services are told by: SOPS hands it to their libraries.
constexpr std::string_view kPassedOn[] = {
    "PATH=",       "TZ=",          "SSL_CERT_", "AWS_",        "GOOGLE_",
    "AZURE_",      "VAULT_",       "HUAWEI",    "http_proxy=", "https_proxy=",
    "HTTP_PROXY=", "HTTPS_PROXY=", "NO_PROXY=", "no_proxy=",   "SOPS_"};

Error Refused(std::string_view why, std::string message) {
  return Error(ErrorCode::kFailedPrecondition, std::move(message)).WithReason(why);
}

Error NoKey(const std::string& text, const std::string& file, const SopsOptions& options) {
  const bool none = options.age_key_file.empty() && options.pgp_home.empty();
  std::vector<std::string> recipients = RecipientsOf(text);
  const bool more = recipients.size() > kMostRecipients;
  if (more) recipients.resize(kMostRecipients);
  return Refused(
      reason::kKeyMissing,
      fmt::format("no key of this host opens {}; it opens for {}{}. {}", file,
                  Join(recipients, ", "), more ? " and others" : "",
                  none ? "Name the host's key in mooring.yaml: secrets.sops.ageKeyFile or pgpHome"
                       : "Add this host's key to the file with: sops updatekeys " + file));
}

/// Exit codes of SOPS, in words.
Error ErrorOfCode(int code, const std::string& text, const std::string& file,
                  const SopsOptions& options) {
  switch (code) {
    case 128:  // could not retrieve the key
    case 111:  // no encryption key found
      return NoKey(text, file, options);
    case 51:  // MAC mismatch
    case 24:  // the MAC itself cannot be decrypted
    case 52:  // no MAC
      return Refused(reason::kDecryptFailed,
                     fmt::format("{} was changed outside of SOPS: its MAC does not fit what is in "
                                 "it. Take the version before, and change it with: sops edit {}",
                                 file, file));
    case 25:
      return Refused(reason::kDecryptFailed,
                     fmt::format("a value in {} is not one that SOPS encrypted for this file. Take "
                                 "the version before, and change it with: sops edit {}",
                                 file, file));
    default:
      return Refused(reason::kDecryptFailed,
                     fmt::format("sops cannot open {} and ended with exit code {}; see why with: "
                                 "sops decrypt {} >/dev/null",
                                 file, code, file));
  }
}

}  // namespace

std::vector<std::string> RecipientsOf(const std::string& text) {
  std::vector<std::string> recipients;
  for (const std::string& line : Split(text, '\n')) {
    for (const std::string_view key :
         {"recipient:", "fp:", "arn:", "resource_id:", "vault_url:", "vault_address:"}) {
      const size_t at = line.find(key);
      if (at == std::string::npos || line.find_first_not_of(" -") != at) continue;
      std::string value = line.substr(at + key.size());
      value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
      if (std::ranges::find(recipients, value) == recipients.end())
        recipients.push_back(std::move(value));
    }
  }
  return recipients;
}

std::vector<std::string> Sops::Environment() const {
  std::vector<std::string> environment;
  for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const bool passed = std::ranges::any_of(
        kPassedOn, [&](std::string_view prefix) { return text.starts_with(prefix); });
    const bool ours = !options_.age_key_file.empty() && text.starts_with("SOPS_AGE_KEY");
    if (passed && !ours) environment.emplace_back(text);
  }
  // Nothing is taken from a home folder that nobody named.
  environment.emplace_back("HOME=/nonexistent");
  environment.emplace_back("XDG_CONFIG_HOME=/nonexistent");
  environment.emplace_back("LC_ALL=C.UTF-8");
  if (!options_.age_key_file.empty())
    environment.push_back("SOPS_AGE_KEY_FILE=" + options_.age_key_file);
  if (!options_.pgp_home.empty()) {
    environment.push_back("GNUPGHOME=" + options_.pgp_home);
  } else {
    std::ranges::move(process::PassOn({"GNUPGHOME"}), std::back_inserter(environment));
  }
  return environment;
}

Result<SecretString> Sops::Decrypt(const std::string& text, const std::string& file,
                                   std::stop_token stop) const {
  const auto program = process::FindProgram(options_.binary);
  if (!program) {
    return std::unexpected(Refused(
        reason::kKeyMissing, fmt::format("sops is not installed, which opens {}; install it from "
                                         "https://github.com/getsops/sops/releases, or name it in "
                                         "mooring.yaml: secrets.sops.binary",
                                         file)));
  }
  auto outcome = run_({.program = *program,
                       .arguments = {"sops", "decrypt", "--input-type", "yaml", "--output-type",
                                     "yaml", "--filename-override", "secret.yaml", "/dev/stdin"},
                       .environment = Environment(),
                       .input = text,
                       .total = kDeadline,
                       .max_output = kMostOutput},
                      stop);
  if (!outcome) return std::unexpected(outcome.error());
  if (!*outcome) {
    if (outcome->error().cause == process::Cut::Cause::kStopped)
      return Fail(ErrorCode::kCancelled, "stopped");
    if (outcome->error().cause == process::Cut::Cause::kOutput) {
      return std::unexpected(
          Refused(reason::kDecryptFailed,
                  fmt::format("{} opens to more than {}", file, FormatByteCount(kMostOutput))));
    }
    return std::unexpected(
        Error(ErrorCode::kUnavailable,
              fmt::format("sops did not open {} within {}; does a key service not answer?", file,
                          FormatElapsed(kDeadline)))
            .WithReason(reason::kDecryptFailed));
  }
  const process::Ended& ended = **outcome;
  if (ended.exit_code != 0)
    return std::unexpected(ErrorOfCode(ended.exit_code, text, file, options_));
  return SecretString(std::move(outcome->value().output));
}

Result<std::string> Sops::Version(std::stop_token stop) const {
  const auto program = process::FindProgram(options_.binary);
  if (!program)
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("there is no program {}", options_.binary));
  auto outcome = run_({.program = *program,
                       .arguments = {"sops", "--version", "--disable-version-check"},
                       .environment = Environment(),
                       .total = kDeadline},
                      stop);
  if (!outcome) return std::unexpected(outcome.error());
  if (!*outcome || (*outcome)->exit_code != 0)
    return Fail(ErrorCode::kFailedPrecondition, fmt::format("{} cannot be run", *program));
  const std::string line = Split((*outcome)->output, '\n').front();
  const size_t space = line.find(' ');
  const std::string rest = space == std::string::npos ? line : line.substr(space + 1);
  return rest.substr(0, rest.find(' '));
}

}  // namespace mooring::secret
