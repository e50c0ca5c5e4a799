// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/api_token.h"

#include <cstdlib>

#include "controller/tokens/cli_token.h"

namespace mooring::cli {
namespace {

/// Empty when it is not set. Read before there are threads.
std::string Variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

Result<ApiToken> FromFile(const std::string& file) {
  auto text = tokens::ReadTokenText(file);
  if (!text) return std::unexpected(text.error().WithContext("read the API token"));
  return ApiToken{*std::move(text), ""};
}

}  // namespace

Result<ApiToken> FindApiToken(const std::string& token_file,
                              const std::filesystem::path& seal_key_file) {
  if (!token_file.empty()) return FromFile(token_file);
  if (const std::string named = Variable("MOORING_TOKEN_FILE"); !named.empty())
    return FromFile(named);
  if (std::string text = Variable("MOORING_TOKEN"); !text.empty())
    return ApiToken{SecretString(std::move(text)), ""};
  const std::filesystem::path file = tokens::CliTokenFileBeside(seal_key_file);
  auto text = tokens::ReadTokenText(file);
  if (text) return ApiToken{*std::move(text), ""};
  return ApiToken{SecretString(),
                  fmt::format("this host's own token could not be used ({}): run as root, or "
                              "give one with --token-file FILE or MOORING_TOKEN; root makes it "
                              "with: mooring tokens create NAME --role read",
                              text.error().ToString())};
}

}  // namespace mooring::cli
