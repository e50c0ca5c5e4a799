// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/session.h"

#include <iostream>

#include "controller/cli/exit_codes.h"
#include "controller/resource/reasons.h"

namespace mooring::cli {

const Config* Session::LoadConfiguration() {
  if (config_) return &*config_;
  Diagnostics problems;
  Config config = LoadConfig(config_file, OwnEnvironment(), &problems);
  for (const Diagnostic& problem : problems) std::cerr << problem.ToString() << "\n";
  if (!problems.empty()) return nullptr;
  config_ = std::move(config);
  return &*config_;
}

ApiClient Session::Api() const {
  auto token = FindApiToken(token_file, config_->seal_key_file);
  if (!token) token = ApiToken{SecretString(), token.error().ToString()};
  return ApiClient(config_->ApiSocket(), *std::move(token));
}

const Terminal& Session::terminal() {
  if (!terminal_) terminal_ = Terminal::Detect(color);
  return *terminal_;
}

std::stop_token Session::stop() {
  if (!signals_) signals_.emplace();
  return signals_->token();
}

int Report(const Error& error) {
  if (error.code() == ErrorCode::kCancelled) return exit_code::kFailed;  // the person knows why
  std::cerr << "mooring: " << error.ToString() << "\n";
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
      return exit_code::kUsage;
    case ErrorCode::kUnavailable:
      return error.reason() == reason::kEngineUnreachable ? exit_code::kFailed
                                                          : exit_code::kUnreachable;
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kAborted:
      return exit_code::kTryAgain;
    default:
      return exit_code::kFailed;
  }
}

}  // namespace mooring::cli
