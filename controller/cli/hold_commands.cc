// SPDX-License-Identifier: Apache-2.0
// The commands that hold back by hand and let go again: suspend, rollback, resume.
#include <iostream>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"

namespace mooring::cli {
namespace {

Error WrongScope(const std::string& command) {
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("name one resource, a namespace with -n, or write --all: mooring {} "
                           "app/shop",
                           command));
}

/// The fields of the request that say what it is about.
Result<Json> ScopeOf(ApiClient& api, const HoldOptions& options, const std::string& command) {
  const bool named = !options.target.words.empty();
  const std::string& ns = options.target.scope.ns;
  const int given = (named ? 1 : 0) + (options.all ? 1 : 0) + (options.source.empty() ? 0 : 1);
  if (given > 1 || (given == 0 && ns.empty()) || (!named && given == 1 && !ns.empty()))
    return std::unexpected(WrongScope(command));
  if (options.all) return Json{{"all", true}};
  if (!options.source.empty()) return Json{{"source", options.source}};
  if (!named) return Json{{"namespace", ns}};
  MOORING_TRY(const Selection selection,
              ParseSelection(options.target.words, options.target.scope));
  if (selection.name.empty()) return std::unexpected(WrongScope(command));
  MOORING_TRY(const Json document, FetchOne(api, selection));
  return Json{{"resource", KeyOf(document).ToString()}};
}

void AddCommon(const HoldOptions& options, Json& request) {
  if (!options.how_long.empty()) request["for"] = options.how_long;
  if (!options.reason.empty()) request["reason"] = options.reason;
}

std::string UntilText(const Json& held) {
  const Json until = held["heldBy"].value("until", Json());
  return until.is_string() ? "until " + until.get<std::string>() : "until it is resumed";
}

}  // namespace

int Suspend(Session& session, const HoldOptions& options) {
  ApiClient api = session.Api();
  auto request = ScopeOf(api, options, "suspend");
  if (!request) return Report(request.error());
  AddCommon(options, *request);
  const auto held = api.Post("/api/v1/suspend", *request);
  if (!held) return Report(held.error());
  std::cout << fmt::format("{} is suspended {}; it goes on with: {}\n", held->value("what", ""),
                           UntilText(*held), held->value("resume", ""));
  return exit_code::kDone;
}

int RollBack(Session& session, const HoldOptions& options) {
  ApiClient api = session.Api();
  Json request = {{"revision", options.revision}};
  if (!options.source.empty()) request["source"] = options.source;
  AddCommon(options, request);
  const auto held = api.Post("/api/v1/rollback", request);
  if (!held) return Report(held.error());
  std::cout << fmt::format("{} is held at {} {}; new commits wait; it goes on with: {}\n",
                           held->value("what", ""), (*held)["heldBy"].value("revision", ""),
                           UntilText(*held), held->value("resume", ""));
  return exit_code::kDone;
}

int Resume(Session& session, const HoldOptions& options) {
  ApiClient api = session.Api();
  const auto request = ScopeOf(api, options, "resume");
  if (!request) return Report(request.error());
  const auto answer = api.Post("/api/v1/resume", *request);
  if (!answer) return Report(answer.error());
  for (const Json& held : answer->value("ended", Json::array()))
    std::cout << held.value("what", "") << " goes on\n";
  return exit_code::kDone;
}

}  // namespace mooring::cli
