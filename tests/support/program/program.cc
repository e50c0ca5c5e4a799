// SPDX-License-Identifier: Apache-2.0
#include "tests/support/program/program.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "controller/process/child.h"

namespace mooring {
namespace {

constexpr std::chrono::minutes kPatience{10};  // the first time, a tool is built

}  // namespace

std::string RunProgram(const std::string& program, std::vector<std::string> arguments,
                       const std::string& input, std::vector<std::string> environment) {
  arguments.insert(arguments.begin(), program);
  for (std::string& variable :
       process::PassOn({"PATH", "HOME", "MOORING_CACHE", "GOPROXY", "GOFLAGS", "GOSUMDB"}))
    environment.push_back(std::move(variable));
  const auto path = process::FindProgram(program);
  const auto outcome = !path ? Fail(ErrorCode::kNotFound, "no such program")
                             : process::RunChild({.program = *path,
                                                  .arguments = arguments,
                                                  .environment = environment,
                                                  .input = input,
                                                  .total = kPatience},
                                                 {});
  if (!outcome || !*outcome || (*outcome)->exit_code != 0) {
    fmt::print(stderr, "{} failed: {}\n", program,
               outcome && *outcome ? (*outcome)->errors : "it could not be run to its end");
    std::abort();
  }
  return (*outcome)->output;
}

std::string ToolFolder(const std::string& tool) {
  std::string folder = RunProgram(MOORING_SOURCE_DIR "/.ci/tools.sh", {tool});
  folder.pop_back();
  return folder;
}

}  // namespace mooring
