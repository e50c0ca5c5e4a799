// SPDX-License-Identifier: Apache-2.0
#include "controller/tokens/cli_token.h"

#include "controller/base/private_file.h"
#include "controller/tokens/token_file.h"
#include "controller/tokens/token_verifier.h"

namespace mooring::tokens {

std::filesystem::path CliTokenFileBeside(const std::filesystem::path& seal_key_file) {
  return seal_key_file.parent_path() / "cli-token";
}

Result<SecretString> ReadTokenText(const std::filesystem::path& file) {
  MOORING_TRY(std::string text, ReadPrivateFile(file));
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  return SecretString(std::move(text));
}

Status EnsureCliToken(const std::filesystem::path& seal_key_file, Clock& clock) {
  const std::filesystem::path file = CliTokenFileBeside(seal_key_file);
  const TokenFile tokens(TokenFileBeside(seal_key_file), clock);
  if (const auto text = ReadTokenText(file)) {
    const auto caller = TokenVerifier(tokens.path(), clock).Verify(text->Reveal());
    if (caller && caller->role == Role::kAdmin) return {};
    if (!caller && caller.error().code() != ErrorCode::kUnauthenticated)
      return std::unexpected(caller.error());
  }
  MOORING_TRY(
      const NewToken made,
      tokens.Create({.name = "local-command-line", .role = Role::kAdmin, .is_local_cli = true}));
  return WritePrivateFile(file, made.text.Reveal() + "\n");
}

}  // namespace mooring::tokens
