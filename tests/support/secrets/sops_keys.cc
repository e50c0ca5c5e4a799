// SPDX-License-Identifier: Apache-2.0
#include "tests/support/secrets/sops_keys.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "tests/support/program/program.h"

namespace mooring {
namespace {

/// What follows `mark` on its line.
std::string After(const std::string& text, const std::string& mark) {
  const size_t at = text.find(mark) + mark.size();
  return text.substr(at, text.find_first_of("\n:", at) - at);
}

std::string ReadAll(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return std::move(text).str();
}

}  // namespace

std::string SopsProgram() {
  static const std::string kProgram = ToolFolder("sops") + "/sops";
  return kProgram;
}

SopsKeys::SopsKeys(Kind kind) : kind_(kind) {
  if (kind == Kind::kAge) {
    RunProgram("age-keygen", {"-o", age_key_file()});
    recipient_ = After(ReadAll(age_key_file()), "public key: ");
    return;
  }
  const std::vector<std::string> home = {"GNUPGHOME=" + pgp_home()};
  RunProgram("gpg",
             {"--batch", "--passphrase", "", "--quick-gen-key", "ops@example.com", "default",
              "default", "never"},
             "", home);
  recipient_ = After(RunProgram("gpg", {"--batch", "--with-colons", "--list-keys"}, "", home),
                     "fpr:::::::::");
}

SopsKeys::~SopsKeys() {
  if (kind_ == Kind::kPgp)
    RunProgram("gpgconf", {"--kill", "all"}, "", {"GNUPGHOME=" + pgp_home()});
}

std::string SopsKeys::Run(const std::vector<std::string>& arguments,
                          const std::string& input) const {
  const std::string file = dir_.File("secret.yaml");
  std::ofstream(file, std::ios::binary) << input;
  std::vector<std::string> all = arguments;
  for (std::string& argument : all) {
    if (argument == "FILE") argument = file;
  }
  RunProgram(
      SopsProgram(), all, "",
      {kind_ == Kind::kAge ? "SOPS_AGE_KEY_FILE=" + age_key_file() : "GNUPGHOME=" + pgp_home()});
  return ReadAll(file);
}

std::string SopsKeys::Encrypt(const std::string& yaml) const {
  return Run({"encrypt", "--in-place", kind_ == Kind::kAge ? "--age" : "--pgp", recipient_,
              "--encrypted-regex", "^data$", "FILE"},
             yaml);
}

std::string SopsKeys::Set(const std::string& encrypted, const std::string& place,
                          const std::string& json) const {
  return Run({"set", "FILE", place, json}, encrypted);
}

}  // namespace mooring
