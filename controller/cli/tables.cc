// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/tables.h"

#include "controller/base/text.h"

namespace mooring::cli {
namespace {

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

/// The revision that was applied last, or the one that is tried.
std::string RevisionOf(const Json& resource) {
  const Json& status = At(resource, "status");
  const std::string applied = Text(status, "lastAppliedRevision");
  return ShortRevision(applied.empty() ? Text(status, "lastAttemptedRevision") : applied);
}

/// "main@4b1c9e2, held" while a rollback keeps newer ones away.
std::string ShownRevision(const Json& resource) {
  const bool held = Text(At(At(resource, "status"), "heldBy"), "act") == "rollback";
  return RevisionOf(resource) + (held ? ", held" : "");
}

/// "ops, rollback to main@4b1c9e2 until 2026-03-02T14:00:00Z: why"; empty: nobody.
std::string HeldByText(const Json& held) {
  if (!held.is_object()) return "";
  const std::string revision = ShortRevision(Text(held, "revision"));
  const std::string until = Text(held, "until");
  const std::string reason = Text(held, "reason");
  return fmt::format("{}, {}{}{}{}", Text(held, "actor"), Text(held, "act"),
                     revision.empty() ? "" : " to " + revision,
                     until.empty() ? "" : " until " + until, reason.empty() ? "" : ": " + reason);
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

Style StyleOf(const std::string& ready, const Json& resource) {
  if (ready == "True") return Style::kGood;
  const bool stalled = Text(ConditionOf(resource, "Stalled"), "status") == "True";
  return stalled ? Style::kBad : Style::kWarning;
}

/// "3/4": containers that are healthy, of those wanted; empty for what has none.
std::string ReplicasOf(const Json& status) {
  const Json& services = At(status, "services");
  if (!services.is_object()) return "";
  int healthy = 0;
  int wanted = 0;
  for (const auto& [name, service] : services.items()) {
    if (!service.is_object()) continue;
    healthy += service.value("healthy", 0);
    wanted += service.value("replicas", 0);
  }
  return fmt::format("{}/{}", healthy, wanted);
}

/// Each job with how its last run went, and runs that failed with what they said.
std::vector<Row> JobRows(const Json& status, Time now) {
  std::vector<Row> rows;
  const Json& jobs = At(status, "jobs");
  if (!jobs.is_object()) return rows;
  for (const auto& [name, job] : jobs.items()) {
    const std::string last = Text(job, "last");
    const std::string next = Text(job, "next");
    const std::string duration = Text(job, "duration");
    rows.push_back({name, last.empty() ? "never ran" : Text(job, "outcome"),
                    last.empty() ? "" : AgeOf(last, now) + " ago",
                    duration.empty() ? "" : "in " + duration, next.empty() ? "" : "next " + next});
    for (const Json& run : At(job, "history")) {
      const std::string message = Text(run, "message");
      if (!message.empty())
        rows.push_back(
            {"", Text(run, "outcome"), AgeOf(Text(run, "started"), now) + " ago", message});
    }
  }
  return rows;
}

/// How many differences stand.
std::string DriftOf(const Json& status) {
  int standing = 0;
  for (const Json& drift : At(status, "drift"))
    standing += At(drift, "corrected").is_null() ? 1 : 0;
  return std::to_string(standing);
}

std::string UntilText(const std::string& time, Time now) {
  const auto parsed = ParseTime(time);
  return parsed ? "in " + FormatAge(*parsed - now) : "";
}

std::string SourceOf(const Json& status) {
  const Json& source = At(status, "source");
  const std::string file = Text(source, "file");
  return file.empty() ? "" : fmt::format("{}:{}", file, Text(source, "line"));
}

/// "prune-5d0e77aa; commit it to .mooring/policy.yaml as prune: {confirm: prune-5d0e77aa}"
std::string ConfirmText(const std::string& token) {
  return fmt::format("{0}; commit it to .mooring/policy.yaml as prune: {{confirm: {0}}}", token);
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

/// What each token of the Host lets go.
std::vector<Row> HeldDeleteRows(const Json& status) {
  std::vector<Row> rows;
  for (const Json& held : At(At(status, "prune"), "held")) {
    std::vector<std::string> resources;
    for (const Json& resource : At(held, "resources"))
      resources.push_back(resource.get<std::string>());
    rows.push_back({Text(held, "confirm"), Text(held, "reason"), Join(resources, ", ")});
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

std::string ShortRevision(const std::string& revision) {
  const size_t at = revision.find("sha1:");
  return at == std::string::npos ? revision : revision.substr(0, at) + revision.substr(at + 5, 7);
}

ResourceTable::ResourceTable(const ResourceColumns& columns, const TableOptions& options)
    : columns_(columns), table_(options) {}

Row ResourceTable::HeaderRow() const {
  Row row;
  if (columns_.ns) row.emplace_back("NAMESPACE");
  for (const char* name : {"NAME", "READY", "STATUS", "REVISION", "AGE"}) row.emplace_back(name);
  if (columns_.wide) {
    for (const char* name : {"REPLICAS", "DRIFT", "NEXT", "SOURCE"}) row.emplace_back(name);
  }
  return row;
}

Row ResourceTable::RowOf(const Json& item, Time now) const {
  const Json& ready = ConditionOf(item, "Ready");
  const std::string name = Text(At(item, "metadata"), "name");
  const std::string state = ready.empty() ? "Unknown" : Text(ready, "status");
  Row row;
  if (columns_.ns) row.emplace_back(Text(At(item, "metadata"), "namespace"));
  row.emplace_back(columns_.kind ? Lower(Text(item, "kind")) + "/" + name : name);
  row.emplace_back(state, StyleOf(state, item));
  const bool other_host = ready.empty() && Text(item, "kind") == "Host";
  row.emplace_back(other_host ? "not this host" : StatusText(ready));
  row.emplace_back(ShownRevision(item));
  row.emplace_back(AgeOf(Text(ready, "lastTransitionTime"), now));
  if (columns_.wide) {
    const Json& status = At(item, "status");
    row.emplace_back(ReplicasOf(status));
    row.emplace_back(DriftOf(status), DriftOf(status) == "0" ? Style::kPlain : Style::kWarning);
    row.emplace_back(UntilText(Text(status, "nextRun"), now));
    row.emplace_back(SourceOf(status));
  }
  return row;
}

std::string ResourceTable::Rows(const Json& items, Time now, bool with_header) {
  std::vector<Row> rows;
  if (with_header) rows.push_back(HeaderRow());
  for (const Json& item : items) rows.push_back(RowOf(item, now));
  return table_.Add(std::move(rows));
}

bool NeedsNamespace(const Json& items) {
  return std::any_of(items.begin(), items.end(), [](const Json& item) {
    const std::string ns = Text(At(item, "metadata"), "namespace");
    return !ns.empty() && ns != "default";
  });
}

std::string Description(const Json& resource, const Json& events, Time now) {
  const Json& metadata = At(resource, "metadata");
  const Json& status = At(resource, "status");
  const std::string ns = Text(metadata, "namespace");
  std::string out = fmt::format("{}/{}{}\n", Text(resource, "kind"), ns.empty() ? "" : ns + "/",
                                Text(metadata, "name"));
  std::vector<Row> facts;
  if (const std::string source = SourceOf(status); !source.empty())
    facts.push_back({"Source", source});
  facts.push_back({"Revision", RevisionOf(resource)});
  facts.push_back({"Status", StatusText(ConditionOf(resource, "Ready"))});
  if (const std::string held = HeldByText(At(status, "heldBy")); !held.empty())
    facts.push_back({"Held by", held});
  if (const std::string token = Text(status, "confirm"); !token.empty())
    facts.push_back({"Confirm", ConfirmText(token)});
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
  Section(out, "Jobs", JobRows(status, now));
  std::vector<Row> findings;
  for (const Json& d : At(status, "diagnostics")) findings.push_back({FindingText(d)});
  Section(out, "Findings", findings);
  Section(out, "Deletes that wait for a confirmation", HeldDeleteRows(status));
  std::vector<Row> inventory;
  for (const Json& e : At(status, "inventory"))
    inventory.push_back({Text(e, "id"), Text(e, "name"), AgeOf(Text(e, "since"), now)});
  Section(out, "Inventory", inventory);
  Section(out, "Drift of the last 24 hours", DriftRows(status, now));
  std::vector<Row> ignored;
  for (const Json& d : At(status, "driftIgnored"))
    ignored.push_back({Text(d, "path"), Text(d, "actual") + ", not " + Text(d, "desired")});
  Section(out, "Left as it is by drift.ignore", ignored);
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
    for (const std::string& line : Split(EventTable().Rows(events, now, true), '\n')) {
      if (!line.empty()) out += "  " + line + "\n";
    }
  }
  return out;
}

std::string EventTable::Rows(const Json& items, Time now, bool with_header) {
  std::vector<Row> rows;
  if (with_header) rows.push_back({"AGE", "SEVERITY", "RESOURCE", "REASON", "MESSAGE"});
  for (const Json& e : items) {
    const Json& count = At(e, "count");
    const std::string times = count.is_number() && count.get<int>() > 1
                                  ? fmt::format(" ({} times)", count.get<int>())
                                  : "";
    const std::string severity = Text(e, "severity");
    const Style style = severity == "error"     ? Style::kBad
                        : severity == "warning" ? Style::kWarning
                                                : Style::kPlain;
    rows.push_back({AgeOf(Text(e, "time"), now),
                    {severity, style},
                    Text(e, "resource"),
                    Text(e, "reason"),
                    Text(e, "message") + times});
  }
  return table_.Add(std::move(rows));
}

}  // namespace mooring::cli
