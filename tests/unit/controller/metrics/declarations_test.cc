// SPDX-License-Identifier: Apache-2.0
// The list of metrics, its documentation and what is rendered say the same.
#include "controller/metrics/declarations.h"

#include <fstream>
#include <sstream>

#include "controller/metrics/metrics.h"

namespace mooring::metrics {
namespace {

std::string AsTableRow(const Declaration& d) {
  std::string labels;
  std::stringstream names{std::string(d.labels)};
  for (std::string name; std::getline(names, name, ',');) {
    labels += fmt::format("{}`{}`", labels.empty() ? "" : ", ", name);
  }
  return fmt::format("| `{}` | {} | {} | {} |", d.name, TypeName(d.type), labels, d.help);
}

TEST(Declarations, AreTheTableOfTheReference) {
  std::vector<std::string> expected;
  for (const Declaration& d : Declarations()) expected.push_back(AsTableRow(d));
  std::ifstream file(MOORING_SOURCE_DIR "/docs/reference/metrics.md");
  ASSERT_TRUE(file) << "docs/reference/metrics.md is missing";
  std::vector<std::string> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| `")) rows.push_back(line);
  }
  EXPECT_EQ(rows, expected);
}

TEST(Declarations, AreWhatIsRendered) {
  Metrics metrics(
      {.version = "1", .kinds = {"App"}, .error_reasons = {"ApplyFailed"}, .sources = {"s"}});
  metrics.SetSourceRevision("s", "r");
  metrics.SetSourceVerified("s", true);
  metrics.AddWebhook("forge");
  metrics.SetResource("App", "default", "shop", {});
  metrics.JobFinished("default", "shop", "report", "Done");
  metrics.SetJobSuccess("default", "shop", "report", Time());
  metrics.SetReplicas("default", "shop", "web", 2);
  std::set<std::string> expected;
  for (const Declaration& d : Declarations()) {
    expected.insert(fmt::format("# TYPE {} {}", d.name, TypeName(d.type)));
  }
  std::set<std::string> rendered;
  std::istringstream text(metrics.Render());
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("# TYPE ")) {
      EXPECT_TRUE(rendered.insert(line).second) << "twice: " << line;
    }
  }
  EXPECT_EQ(rendered, expected);
}

}  // namespace
}  // namespace mooring::metrics
