// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/tables.h"

#include "controller/base/text.h"

namespace mooring::cli {
namespace {

using Row = std::vector<std::string>;

const Json& At(const Json& object, const char* key) {
  static const Json kNull;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : kNull;
}

std::string Text(const Json& object, const char* key) {
  const Json& value = At(object, key);
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "" : value.dump();
}

const Json& ConditionOf(const Json& resource, const std::string& type) {
  static const Json kNone = Json::object();
  for (const Json& condition : At(At(resource, "status"), "conditions")) {
    if (Text(condition, "type") == type) return condition;
  }
  return kNone;
}

/// "main@sha1:4b1c9e2a7d55..." as "main@4b1c9e2".
std::string ShortRevision(const std::string& revision) {
  const size_t at = revision.find("sha1:");
  return at == std::string::npos ? revision : revision.substr(0, at) + revision.substr(at + 5, 7);
}

std::string AgeOf(const std::string& time, Time now) {
  const auto parsed = ParseTime(time);
  return parsed ? FormatAge(now - *parsed) : "";
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string StatusText(const Json& ready) {
  const std::string reason = Text(ready, "reason");
  const std::string message = Text(ready, "message");
  if (reason.empty()) return "not looked at yet";
  if (Text(ready, "status") == "True" || message.empty()) return message.empty() ? reason : message;
  return reason + ": " + message;
}

/// What fits into a table; `mooring describe` shows all of it.
std::string OneLine(std::string text) {
  constexpr size_t kLongest = 100;
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() <= kLongest) return text;
  text.resize(kLongest - 3);
  return text + "...";
}

/// The revision that was applied last, or the one that is tried.
std::string RevisionOf(const Json& resource) {
  const Json& status = At(resource, "status");
  const std::string applied = Text(status, "lastAppliedRevision");
  return ShortRevision(applied.empty() ? Text(status, "lastAttemptedRevision") : applied);
}

std::string FindingText(const Json& finding) {
  const auto number = [&](const char* key) {
    const Json& value = At(finding, key);
    return value.is_number_integer() ? value.get<int>() : 0;
  };
  return Diagnostic{{Text(finding, "file"), number("line"), number("column")},
                    Text(finding, "what"),
                    Text(finding, "hint")}
      .ToString();
}

void Section(std::string& out, const std::string& title, const std::vector<Row>& rows) {
  if (rows.empty()) return;
  out += "\n" + title + "\n";
  for (const std::string& line : Split(Table(rows), '\n')) {
    if (!line.empty()) out += "  " + line + "\n";
  }
}

std::vector<Row> ConditionRows(const Json& status, Time now) {
  std::vector<Row> rows;
  for (const Json& c : At(status, "conditions")) {
    rows.push_back({Text(c, "type"), Text(c, "status"), Text(c, "reason"),
                    AgeOf(Text(c, "lastTransitionTime"), now), Text(c, "message")});
  }
  return rows;
}

std::vector<Row> DriftRows(const Json& status, Time now) {
  std::vector<Row> rows;
  for (const Json& d : At(status, "drift")) {
    const std::string corrected = Text(d, "corrected");
    rows.push_back({Text(d, "path"), Text(d, "actual") + " -> " + Text(d, "desired"),
                    corrected.empty() ? "stands since " + AgeOf(Text(d, "since"), now)
                                      : "corrected " + AgeOf(corrected, now) + " ago"});
  }
  return rows;
}

}  // namespace

std::string Table(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string ResourceTable(const Json& items, bool with_kind, Time now) {
  const bool with_namespace = std::any_of(items.begin(), items.end(), [](const Json& item) {
    const std::string ns = Text(At(item, "metadata"), "namespace");
    return !ns.empty() && ns != "default";
  });
  std::vector<Row> rows = {{"NAME", "READY", "STATUS", "REVISION", "AGE"}};
  if (with_namespace) rows.front().insert(rows.front().begin(), "NAMESPACE");
  for (const Json& item : items) {
    const Json& ready = ConditionOf(item, "Ready");
    const std::string name = Text(At(item, "metadata"), "name");
    Row row = {with_kind ? Lower(Text(item, "kind")) + "/" + name : name,
               ready.empty() ? "Unknown" : Text(ready, "status"), OneLine(StatusText(ready)),
               RevisionOf(item), AgeOf(Text(ready, "lastTransitionTime"), now)};
    if (with_namespace) row.insert(row.begin(), Text(At(item, "metadata"), "namespace"));
    rows.push_back(std::move(row));
  }
  return Table(rows);
}

std::string Description(const Json& resource, const Json& events, Time now) {
  const Json& metadata = At(resource, "metadata");
  const Json& status = At(resource, "status");
  const std::string ns = Text(metadata, "namespace");
  std::string out = fmt::format("{}/{}{}\n", Text(resource, "kind"), ns.empty() ? "" : ns + "/",
                                Text(metadata, "name"));
  std::vector<Row> facts;
  const Json& source = At(status, "source");
  const std::string file = Text(source, "file");
  if (!file.empty()) facts.push_back({"Source", fmt::format("{}:{}", file, Text(source, "line"))});
  facts.push_back({"Revision", RevisionOf(resource)});
  facts.push_back({"Status", StatusText(ConditionOf(resource, "Ready"))});
  std::vector<std::string> users;
  for (const Json& user : At(status, "inUseBy")) users.push_back(user.get<std::string>());
  if (!users.empty()) facts.push_back({"Used by", Join(users, ", ")});
  if (const std::string next = Text(status, "nextRun"); !next.empty())
    facts.push_back({"Next look", next});
  for (const std::string& line : Split(Table(facts), '\n')) {
    if (!line.empty()) out += "  " + line + "\n";
  }
  Section(out, "Conditions", ConditionRows(status, now));
  std::vector<Row> services;
  const Json& list = At(status, "services");
  if (list.is_object()) {
    for (const auto& [name, s] : list.items()) {
      services.push_back({name,
                          fmt::format("{} of {} healthy", Text(s, "healthy"), Text(s, "replicas")),
                          Text(s, "image")});
    }
  }
  Section(out, "Services", services);
  std::vector<Row> findings;
  for (const Json& d : At(status, "diagnostics")) findings.push_back({FindingText(d)});
  Section(out, "Findings", findings);
  std::vector<Row> inventory;
  for (const Json& e : At(status, "inventory"))
    inventory.push_back({Text(e, "id"), Text(e, "name"), AgeOf(Text(e, "since"), now)});
  Section(out, "Inventory", inventory);
  Section(out, "Drift of the last 24 hours", DriftRows(status, now));
  std::vector<Row> history;
  for (const Json& h : At(status, "history")) {
    history.push_back(
        {AgeOf(Text(h, "started"), now) + " ago", Text(h, "trigger"), Text(h, "outcome"),
         Count(At(h, "changes").is_number() ? At(h, "changes").get<size_t>() : 0, "change"),
         "in " + Text(h, "duration"), ShortRevision(Text(h, "revision"))});
  }
  Section(out, "History", history);
  if (!events.empty()) {
    out += "\nEvents\n";
    for (const std::string& line : Split(EventTable(events, now), '\n')) {
      if (!line.empty()) out += "  " + line + "\n";
    }
  }
  return out;
}

std::string EventTable(const Json& items, Time now) {
  std::vector<Row> rows = {{"AGE", "SEVERITY", "RESOURCE", "REASON", "MESSAGE"}};
  for (const Json& e : items) {
    const Json& count = At(e, "count");
    const std::string times = count.is_number() && count.get<int>() > 1
                                  ? fmt::format(" ({} times)", count.get<int>())
                                  : "";
    rows.push_back({AgeOf(Text(e, "time"), now), Text(e, "severity"), Text(e, "resource"),
                    Text(e, "reason"), Text(e, "message") + times});
  }
  return Table(rows);
}

}  // namespace mooring::cli
