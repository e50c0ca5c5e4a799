// SPDX-License-Identifier: Apache-2.0
// openapi.json and docs/reference/api.md are held against the routes, and answers against the
// schemas.
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "controller/web/problem.h"
#include "tests/unit/controller/http/api_fixture.h"

namespace mooring::http {
namespace {

using ::testing::IsEmpty;
using Words = std::set<std::string>;

class OpenApiTest : public ApiTest {
 protected:
  const Json document_ = Json::parse(GetWith("read", "/api/v1/openapi.json").body);

  /// Everything that is wrong with `value` as a components/schemas/`name`.
  std::vector<std::string> Findings(const std::string& name, const Json& value) {
    // The validator knows an older dialect: it wants the types beside the reference.
    Json root = {{"$ref", "#/components/schemas/" + name}, {"components", document_["components"]}};
    valijson::Schema schema;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(root), schema);
    valijson::ValidationResults results;
    valijson::Validator().validate(schema, valijson::adapters::NlohmannJsonAdapter(value),
                                   &results);
    std::vector<std::string> findings;
    for (const auto& error : results) {
      std::string where;
      for (const std::string& part : error.context) where += part;
      findings.push_back(where + ": " + error.description);
    }
    return findings;
  }
  std::vector<std::string> Findings(const std::string& name, const net::HttpResponse& response) {
    return Findings(name, Json::parse(response.body));
  }
};

TEST_F(OpenApiTest, HasExactlyTheRoutes) {
  Words described;
  for (const auto& [path, operations] : document_["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      described.insert((method == "get" ? "GET " : "POST ") + path);
    }
  }
  const auto routes = server_.routes();
  EXPECT_EQ(described, Words(routes.begin(), routes.end()));
}

TEST_F(OpenApiTest, NamesTheRoleOfEachOperation) {
  for (const auto& [path, operations] : document_["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      std::string concrete = std::regex_replace(path, std::regex("\\{\\w+\\}"), "x");
      const std::string role = operation["x-mooring-role"];
      const auto status = [&](const std::string& token) {
        return Ask({.method = method == "get" ? "HEAD" : "POST",
                    .path = concrete,
                    .headers = {"Authorization: Bearer " + token},
                    .body = method == "get" ? "" : "{}"})
            .status;
      };
      EXPECT_EQ(status("wrong") == 401, role != "none") << path;
      EXPECT_EQ(status("read") == 403, role == "operate" || role == "admin") << path;
      EXPECT_EQ(status("operate") == 403, role == "admin") << path;
    }
  }
}

TEST_F(OpenApiTest, AnswersFitTheirSchemas) {
  store_.events.push_back({.sequence = 1, .key = {"App", "default", "shop"}, .reason = "Updated"});
  ResourceStatus& seen = store_.statuses.front();
  seen.conditions.push_back({.type = "Ready", .reason = "Succeeded"});
  seen.inventory.push_back({.id = "container/1", .name = "default_old-blog_web_1"});
  seen.drift.push_back({.path = "/services/web/state", .desired = "running", .actual = "exited"});
  seen.history.push_back({.trigger = "revision", .outcome = "Done"});
  EXPECT_THAT(Findings("ResourceList", Get("/api/v1/resources")), IsEmpty());
  EXPECT_THAT(Findings("Resource", Get("/api/v1/resources/App/default/shop")), IsEmpty());
  EXPECT_THAT(Findings("Resource", Get("/api/v1/resources/App/default/old-blog")), IsEmpty());
  EXPECT_THAT(Findings("EventList", Get("/api/v1/events")), IsEmpty());
  EXPECT_THAT(
      Findings("Readiness", Ask({.path = "/readyz", .headers = {"Accept: application/json"}})),
      IsEmpty());
  EXPECT_THAT(
      Findings("Queued", Ask({.method = "POST", .path = "/api/v1/reconcile", .body = "{}"})),
      IsEmpty());
  EXPECT_THAT(Findings("WebhookList", Get("/api/v1/webhooks")), IsEmpty());
  webhooks_ = {{.name = "forge", .last = webhook::LastDelivery{.signature = "valid"}}};
  EXPECT_THAT(Findings("WebhookList", Get("/api/v1/webhooks")), IsEmpty());
  deliver_ = [](const auto&) { return webhook::Answer(); };
  EXPECT_THAT(Findings("Delivered", Ask({.method = "POST", .path = "/webhooks/forge"})), IsEmpty());
  EXPECT_THAT(
      Findings("Held",
               Ask({.method = "POST", .path = "/api/v1/suspend", .body = R"({"all": true})"})),
      IsEmpty());
  EXPECT_THAT(
      Findings("Ended",
               Ask({.method = "POST", .path = "/api/v1/resume", .body = R"({"all": true})"})),
      IsEmpty());
  EXPECT_THAT(Findings("Problem", Get("/api/v1/resources/App/default/none")), IsEmpty());
  EXPECT_THAT(Findings("Problem", GetOverTcp("/api/v1/events")), IsEmpty());
  EXPECT_THAT(Findings("Problem", Json({{"status", 404}})), Not(IsEmpty()));
}

TEST_F(OpenApiTest, HasEveryReasonAndSoHasThePage) {
  Words reasons;
  Words rows;
  for (const web::ProblemKind& kind : web::problem::kAll) {
    reasons.emplace(kind.reason);
    rows.insert(fmt::format("{} `{}`", kind.status, kind.reason));
  }
  EXPECT_EQ(reasons.size(), web::problem::kAll.size());
  const Json& listed =
      document_["components"]["schemas"]["Problem"]["properties"]["reason"]["enum"];
  EXPECT_EQ(listed.get<Words>(), reasons);
  std::ifstream in(std::string(MOORING_SOURCE_DIR) + "/docs/reference/api.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  Words told;
  const std::regex row("\n\\| (\\d{3}) \\| (`\\w+`) \\|");
  for (std::sregex_iterator it(page.begin(), page.end(), row), end; it != end; ++it) {
    told.insert((*it)[1].str() + " " + (*it)[2].str());
  }
  EXPECT_EQ(told, rows);
}

TEST_F(OpenApiTest, ThePageHasEveryRouteWithItsRole) {
  std::ifstream in(std::string(MOORING_SOURCE_DIR) + "/docs/reference/api.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  Words told;
  const std::regex row("\n\\| `((?:GET|POST) [^`]+)` \\| (\\w+) \\|");
  for (std::sregex_iterator it(page.begin(), page.end(), row), end; it != end; ++it) {
    told.insert((*it)[1].str() + " " + (*it)[2].str());
  }
  Words described;
  for (const auto& [path, operations] : document_["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      described.insert(fmt::format("{} {} {}", method == "get" ? "GET" : "POST", path,
                                   operation["x-mooring-role"].get<std::string>()));
    }
  }
  EXPECT_EQ(told, described);
}

}  // namespace
}  // namespace mooring::http
