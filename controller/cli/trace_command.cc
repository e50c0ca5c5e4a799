// SPDX-License-Identifier: Apache-2.0
// `mooring trace`: from what a visitor asks for, or a resource, to what answers and who said so.
#include <iostream>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"
#include "controller/cli/spec_places.h"
#include "controller/cli/trace_view.h"
#include "controller/git/library.h"
#include "controller/plan/fields.h"

namespace mooring::cli {
namespace {

/// What a trace is made from.
struct Facts {
  std::vector<Json> all;
  LiveHost live;
  SpecPlaces places;

  Locate Locating() {
    return [this](const Json& document, const std::string& pointer) {
      return places.Locate(document, pointer);
    };
  }
};

/// "commit     4b1c9e2  2026-03-01 14:02  "shop 1.8.2"  signed, allowed signer ops@example.com"
std::string CommitLine(const Json& document, SpecPlaces& places) {
  const Json status = document.value("status", Json::object());
  std::string revision;
  for (const char* field : {"lastAppliedRevision", "lastAttemptedRevision"}) {
    const Json value = status.value(field, Json());
    if (revision.empty() && value.is_string()) revision = value.get<std::string>();
  }
  const size_t at = revision.find("sha1:");
  if (at == std::string::npos) return "";
  std::string line = "commit     " + revision.substr(at + 5, 7);
  if (const auto commit = places.CommitOf(revision)) {
    std::string time = FormatTime(commit->author_time).substr(0, 16);
    time[10] = ' ';
    line += fmt::format("  {}  \"{}\"", time, OneLine(commit->subject));
  }
  const std::string signature = places.SignatureOf(revision);
  if (!signature.empty()) line += "  " + OneLine(signature);
  return line + "\n";
}

std::string TraceUrl(const Url& url, const RouteHit& hit, Facts& facts) {
  if (hit.redirected) {
    return TraceLine(
        "redirect", url.host,
        KeyOf(*hit.site).ToString() + ", " + facts.places.Locate(*hit.site, "/redirectFrom"));
  }
  return RouteLines(*hit.site, hit.route, facts.all, facts.live, facts.Locating());
}

std::string TraceSite(const Json& site, Facts& facts) {
  std::string out;
  const size_t routes =
      site["spec"].is_object() ? site["spec"].value("routes", Json::array()).size() : 0;
  for (size_t i = 0; i < routes; ++i)
    out += RouteLines(site, i, facts.all, facts.live, facts.Locating());
  return out;
}

std::string TraceApp(const Json& app, Facts& facts) {
  std::string out;
  const ResourceKey key = KeyOf(app);
  const Json services =
      app["spec"].is_object() ? app["spec"].value("services", Json::object()) : Json();
  for (const auto& [service, spec] : services.items())
    out += ServiceLines(key, service, key.name + "/" + service, facts.all, facts.live,
                        facts.Locating());
  return out;
}

bool LooksLikeUrl(const std::vector<std::string>& words) {
  return words.size() == 1 &&
         (words[0].find("://") != std::string::npos ||
          words[0].substr(0, words[0].find('/')).find('.') != std::string::npos);
}

}  // namespace

int Trace(Session& session, const Target& target) {
  const git::Library git;
  const std::stop_token stop = session.stop();
  ApiClient api = session.Api();
  auto all = FetchSelected(api, {});
  if (!all) return Report(all.error());
  docker::EngineView view(session.config().docker_socket);
  auto live = LiveHost::Read(view, false, stop);
  if (!live) return Report(live.error());
  Facts facts{*std::move(all), *std::move(live), SpecPlaces(session.config())};

  if (LooksLikeUrl(target.words)) {
    const auto url = Url::Parse(target.words[0]);
    if (!url) return Report(Error(ErrorCode::kInvalidArgument, target.words[0] + " is no URL"));
    const auto hit = FindRoute(facts.all, *url);
    if (!hit) {
      return Report(Error(ErrorCode::kNotFound,
                          fmt::format("no Site has the host {}; see them with: mooring get sites "
                                      "-o yaml",
                                      url->host)));
    }
    std::cout << TraceUrl(*url, *hit, facts) << CommitLine(*hit->site, facts.places);
    return exit_code::kDone;
  }
  const auto selection = ParseSelection(target.words, target.scope);
  if (!selection) return Report(selection.error());
  const auto documents = FetchSelected(api, *selection);
  if (!documents) return Report(documents.error());
  for (const Json& document : *documents) {
    const std::string kind = KeyOf(document).kind;
    if (kind == "Site") std::cout << TraceSite(document, facts);
    if (kind == "App") std::cout << TraceApp(document, facts);
    std::cout << CommitLine(document, facts.places);
  }
  return exit_code::kDone;
}

}  // namespace mooring::cli
