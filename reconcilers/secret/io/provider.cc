// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/secret/io/provider.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "controller/base/text.h"
#include "controller/resource/reasons.h"

namespace mooring::secret {
namespace {

namespace fs = std::filesystem;

constexpr char kAsked[] = "{key}";
constexpr size_t kMostBytes = 1 << 20;

/// It may pass: the value may be added, the program may be unlocked.
std::unexpected<Error> Failed(const Provider& provider, std::string what) {
  return std::unexpected(
      Error(ErrorCode::kUnavailable, fmt::format("provider {}: {}", provider.name, what))
          .WithReason(reason::kProviderFailed));
}

SecretString WithoutNewline(std::string value) {
  if (value.ends_with('\n')) value.pop_back();
  return SecretString(std::move(value));
}

bool IsBelow(const fs::path& file, const fs::path& folder) {
  const fs::path relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

Result<SecretString> FromFolder(const Provider& provider, const std::string& key) {
  // A link may lead from one file of the folder to another, never out of it.
  std::error_code missing;
  const fs::path folder = fs::canonical(provider.directory, missing);
  if (missing) return Failed(provider, fmt::format("{} is not there", provider.directory.string()));
  const fs::path file = fs::canonical(folder / fs::path(key).relative_path(), missing);
  if (missing) return Failed(provider, fmt::format("{} has no file {}", folder.string(), key));
  if (!IsBelow(file, folder))
    return Failed(provider, fmt::format("{} leads out of {}", key, folder.string()));
  if (fs::is_directory(file, missing) || fs::file_size(file, missing) > kMostBytes)
    return Failed(provider, fmt::format("{} is no file of at most 1 MiB", key));
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return Failed(provider, fmt::format("{} cannot be read", file.string()));
  return WithoutNewline(std::move(text).str());
}

Result<SecretString> FromEnvironment(const Provider& provider, const std::string& key) {
  const std::string variable = provider.environment_prefix + key;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables once threads run
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr)
    return Failed(provider, fmt::format("the daemon has no variable {}", variable));
  return SecretString(value);
}

/// All of our own, but for what is meant for us alone.
std::vector<std::string> EnvironmentOfPrograms() {
  std::vector<std::string> environment;
  for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("MOORING_")) environment.emplace_back(*variable);
  }
  return environment;
}

Result<SecretString> FromProgram(const Provider& provider, const std::string& key,
                                 const RunChild& run, const std::stop_token& stop) {
  const std::string& name = provider.command.front();
  const auto program = process::FindProgram(name);
  if (!program) return Failed(provider, fmt::format("there is no program {}", name));
  std::vector<std::string> arguments;
  for (std::string argument : provider.command) {
    for (size_t at = argument.find(kAsked); at != std::string::npos;
         at = argument.find(kAsked, at + key.size()))
      argument.replace(at, sizeof(kAsked) - 1, key);
    arguments.push_back(std::move(argument));
  }
  const auto outcome = run({.program = *program,
                            .arguments = std::move(arguments),
                            .environment = EnvironmentOfPrograms(),
                            .total = provider.timeout,
                            .max_output = kMostBytes},
                           stop);
  if (!outcome) return Failed(provider, fmt::format("{} cannot be run", name));
  if (!*outcome) {
    if (outcome->error().cause == process::Cut::Cause::kStopped)
      return Fail(ErrorCode::kCancelled, "stopped");
    if (outcome->error().cause == process::Cut::Cause::kOutput)
      return Failed(provider, fmt::format("{} gave more than 1 MiB for {}", name, key));
    return Failed(provider, fmt::format("{} gave no value for {} within {}", name, key,
                                        FormatElapsed(provider.timeout)));
  }
  if ((*outcome)->exit_code != 0) {
    return Failed(provider, fmt::format("{} has no value for {}: it ended with exit code {}. What "
                                        "it said is not shown, because it may hold a secret",
                                        name, key, (*outcome)->exit_code));
  }
  return WithoutNewline((*outcome)->output);
}

}  // namespace

Result<SecretString> Ask(const Provider& provider, const std::string& key, const RunChild& run,
                         std::stop_token stop) {
  if (!provider.directory.empty()) return FromFolder(provider, key);
  if (!provider.command.empty()) return FromProgram(provider, key, run, stop);
  if (!provider.environment_prefix.empty()) return FromEnvironment(provider, key);
  return Failed(provider, "mooring.yaml says neither command, directory nor environmentPrefix");
}

}  // namespace mooring::secret
