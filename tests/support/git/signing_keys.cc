// SPDX-License-Identifier: Apache-2.0
#include "tests/support/git/signing_keys.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "controller/process/child.h"

namespace mooring {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// What the program says on stdout; aborts unless it ends well.
std::string Run(const std::string& program, std::vector<std::string> arguments,
                const std::string& input) {
  arguments.insert(arguments.begin(), program);
  const auto outcome = process::RunChild({.program = "/usr/bin/" + program,
                                          .arguments = arguments,
                                          .environment = process::PassOn({"PATH"}),
                                          .input = input,
                                          .total = std::chrono::seconds(60),
                                          .silence = std::nullopt},
                                         {});
  if (outcome && *outcome && (*outcome)->exit_code == 0) return (*outcome)->output;
  fmt::print(stderr, "{}: {}\n", program,
             !outcome    ? outcome.error().ToString()
             : !*outcome ? outcome->error().errors
                         : (*outcome)->errors);
  std::abort();
}

}  // namespace

SshSigningKey::SshSigningKey() {
  Run("ssh-keygen", {"-q", "-t", "ed25519", "-N", "", "-C", "", "-f", dir_.File("key")}, "");
}

std::string SshSigningKey::AllowedLine(const std::string& principal,
                                       const std::string& options) const {
  std::string key = ReadFile(dir_.File("key.pub"));
  while (!key.empty() && (key.back() == '\n' || key.back() == ' ')) key.pop_back();
  return principal + (options.empty() ? "" : " " + options) + " " + key + "\n";
}

std::string SshSigningKey::Sign(const std::string& payload, const std::string& purpose) const {
  return Run("ssh-keygen", {"-q", "-Y", "sign", "-n", purpose, "-f", dir_.File("key")}, payload);
}

GpgSigningKeys::~GpgSigningKeys() {
  Run("gpgconf", {"--homedir", dir_.path(), "--kill", "gpg-agent"}, "");
}

std::string GpgSigningKeys::Gpg(std::vector<std::string> arguments,
                                const std::string& input) const {
  std::filesystem::permissions(dir_.path(), std::filesystem::perms::owner_all);
  const std::vector<std::string> common = {"--homedir", dir_.path(),    "--batch",
                                           "--quiet",   "--no-tty",     "--pinentry-mode",
                                           "loopback",  "--passphrase", ""};
  arguments.insert(arguments.begin(), common.begin(), common.end());
  return Run("gpg", std::move(arguments), input);
}

void GpgSigningKeys::Add(const std::string& user) const {
  Gpg({"--quick-gen-key", user, "ed25519", "sign", "never"}, "");
}

void GpgSigningKeys::AddExpired(const std::string& user) const {
  Gpg({"--faked-system-time", "20200101T000000", "--quick-gen-key", user, "ed25519", "sign", "1d"},
      "");
}

void GpgSigningKeys::Revoke(const std::string& user) const {
  for (const auto& file : std::filesystem::directory_iterator(dir_.path() + "/openpgp-revocs.d")) {
    // GnuPG puts a colon in front of its first line, so that nobody imports it by mistake.
    std::string text = ReadFile(file.path());
    if (text.find(user) == std::string::npos) continue;
    text.erase(0, text.find("-----BEGIN"));
    Gpg({"--import"}, text);
  }
}

std::string GpgSigningKeys::Export(const std::string& user, bool armoured) const {
  std::vector<std::string> arguments = {"--export"};
  if (armoured) arguments.emplace_back("--armor");
  if (!user.empty()) arguments.push_back(user);
  return Gpg(std::move(arguments), "");
}

std::string GpgSigningKeys::Sign(const std::string& payload, const std::string& user) const {
  return Gpg({"--armor", "--local-user", user, "--detach-sign"}, payload);
}

std::string GpgSigningKeys::SignIn2020(const std::string& payload, const std::string& user) const {
  return Gpg(
      {"--faked-system-time", "20200101T010000", "--armor", "--local-user", user, "--detach-sign"},
      payload);
}

std::string GpgSigningKeys::SignInline(const std::string& payload, const std::string& user) const {
  std::string text = Gpg({"--armor", "--local-user", user, "--sign"}, payload);
  for (const char* edge : {"-----BEGIN PGP ", "-----END PGP "}) {
    const size_t at = text.find(edge) + std::string(edge).size();
    text.replace(at, std::string("MESSAGE").size(), "SIGNATURE");
  }
  return text;
}

}  // namespace mooring
