// SPDX-License-Identifier: Apache-2.0
#include "controller/web/router.h"

#include <optional>
#include <set>

#include "controller/base/text.h"
#include "controller/web/problem.h"

namespace mooring::web {
namespace {

using Params = std::map<std::string, std::string>;

bool IsParam(std::string_view part) { return part.starts_with('{') && part.ends_with('}'); }

std::optional<Params> Fit(const std::vector<std::string>& pattern,
                          const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  Params params;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (IsParam(pattern[i])) {
      if (segments[i].empty()) return std::nullopt;
      params[pattern[i].substr(1, pattern[i].size() - 2)] = segments[i];
    } else if (pattern[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return params;
}

bool Answers(const Route& route, std::string_view method) {
  return route.method == method || (route.method == "GET" && method == "HEAD");
}

Response NotAllowed(std::string_view method, std::string_view path,
                    const std::set<std::string>& allowed) {
  const std::string list = fmt::format("{}", fmt::join(allowed, ", "));
  Response response = Problem(problem::kMethodNotAllowed,
                              fmt::format("{} does not take {}; it takes {}", path, method, list));
  response.headers.emplace_back("Allow", list);
  return response;
}

}  // namespace

void Router::Add(Route route) {
  std::vector<std::string> pattern = Split(std::string_view(route.pattern).substr(1), '/');
  entries_.push_back({std::move(route), std::move(pattern)});
}

std::vector<std::string> Router::Names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_)
    names.push_back(entry.route.method + " " + entry.route.pattern);
  return names;
}

std::expected<Router::Match, Response> Router::Find(std::string_view method,
                                                    const Target& target) const {
  std::set<std::string> allowed;
  for (const Entry& entry : entries_) {
    auto params = Fit(entry.pattern, target.segments);
    if (!params) continue;
    if (Answers(entry.route, method)) return Match{&entry.route, *std::move(params)};
    allowed.insert(entry.route.method);
    if (entry.route.method == "GET") allowed.insert("HEAD");
  }
  const std::string path = target.Path();
  if (!allowed.empty()) return std::unexpected(NotAllowed(method, path, allowed));
  return std::unexpected(Problem(problem::kNoSuchPath, "there is nothing at " + path));
}

}  // namespace mooring::web
