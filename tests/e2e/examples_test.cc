// SPDX-License-Identifier: Apache-2.0
// The fleets in examples/, as they are there but for the namespace and where images come from:
// brought up, used over HTTP, and taken away again.
#include <filesystem>
#include <regex>
#include <set>

#include "tests/e2e/world.h"

namespace mooring::test {
namespace {

namespace fs = std::filesystem;

using Names = std::set<std::string>;

/// Eleven containers, two new databases and a job, on a busy machine.
constexpr std::chrono::seconds kUp{100};

class Examples : public EndToEnd {
 protected:
  /// Commits the fleet in examples/<name>, with a value for each key that its Secrets ask for, and
  /// learns what is in it.
  void Bring(const std::string& name) {
    const fs::path folder = fs::path(MOORING_SOURCE_DIR "/examples") / name;
    Names images;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      const std::string file = fs::relative(entry.path(), folder);
      std::string text = ReadText(entry.path());
      if (file.ends_with(".yaml")) {
        text = Here(text, images);
        files_[file] = text;
      }
      world_->repo.Write(file, text);
    }
    ASSERT_NO_FATAL_FAILURE(EnsureImages(world_->engine, {images.begin(), images.end()}));
    // Lets everything go at once.
    world_->Write(".mooring/policy.yaml",
                  {{"apiVersion", kApiVersion}, {"prune", {{"maxPercent", 100}}}});
    world_->Commit("Bring up " + name);
    const CommandResult built = world_->Mooring({"build", world_->repo.path(), "-o", "json"});
    ASSERT_EQ(built.exit_code, 0) << built.out << built.err;
    const Json fleet = Json::parse(built.out);
    for (const Json& item : fleet["items"]) {
      resources_.insert(item["kind"].get<std::string>() + "/" +
                        item["metadata"]["name"].get<std::string>());
      if (item["kind"] != "Secret") continue;
      for (const Json& key : item["spec"]["keys"]) Provide(key);
    }
    ASSERT_FALSE(resources_.empty());
    world_->Configure("/secrets/providers",
                      {{{"name", "files"}, {"directory", world_->File("provider")}}});
  }

  void ExpectValid() {
    const CommandResult valid = world_->Mooring({"validate", world_->repo.path()});
    EXPECT_EQ(valid.exit_code, 0) << valid.out;
    EXPECT_NE(valid.out.find("all valid"), std::string::npos) << valid.out;
  }

  /// From an empty host, everything is made, and nothing else is done.
  void ExpectPlanOfCreates(const Names& expected) {
    const CommandResult plan = Plan({"-o", "json"});
    ASSERT_EQ(plan.exit_code, 0) << plan.out << plan.err;
    Names created;
    const Json parsed = Json::parse(plan.out);
    for (const Json& resource : parsed["resources"]) {
      EXPECT_EQ(resource["action"], "create") << resource;
      created.insert(std::regex_replace(resource["resource"].get<std::string>(),
                                        std::regex("/" + world_->ns + "/"), "/"));
    }
    EXPECT_EQ(created, expected) << plan.out;
  }

  void Converge() {
    if (!world_->DaemonRuns()) world_->StartDaemon();
    ASSERT_TRUE(Eventually(kUp, [&] {
      return std::ranges::all_of(resources_, [&](const std::string& resource) {
        const size_t slash = resource.find('/');
        return world_->HasConverged(resource.substr(0, slash), resource.substr(slash + 1));
      });
    })) << world_->Story();
  }

  /// What is there is what is desired.
  void ExpectNothingToDo() {
    const CommandResult plan = Plan({"--detailed-exitcode"});
    EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err;
  }

  /// Without its documents nothing of the fleet is left but `volumes`.
  void ExpectOnlyDataStays(const Names& volumes) {
    for (const auto& [file, text] : files_) world_->repo.Remove(file);
    Json rest = world_->Site("rest");  // from an empty source nothing would be removed
    rest["spec"]["routes"] = {{{"respond", {{"body", "nothing here"}}}}};
    world_->Write("sites/rest.yaml", rest);
    world_->Commit("Take it away");
    EXPECT_TRUE(Eventually(kRollout, [&] {
      return world_->Containers().empty() && world_->engine.Networks(world_->OwnLabel()).empty() &&
             world_->hosts.Lines().empty();
    })) << world_->Story();
    Names left;
    for (const std::string& volume : world_->engine.Volumes(world_->OwnLabel())) {
      left.insert(volume.substr(volume.find('_') + 1));
    }
    EXPECT_EQ(left, volumes);
  }

  /// After ExpectOnlyDataStays(): all of it is there again.
  void BringBack() {
    for (const auto& [file, text] : files_) world_->repo.Write(file, text);
    world_->Commit("Bring it back");
    Converge();
  }

  /// Those of the service's first container, without the namespace.
  Names NetworksOf(const std::string& app, const std::string& service) {
    const Json container = world_->engine.Inspect(world_->Container(app, 1, service));
    Names names;
    for (const auto& [name, endpoint] : container["NetworkSettings"]["Networks"].items())
      names.insert(name.substr(name.find('_') + 1));
    return names;
  }

  /// Somebody removes the service's first container.
  void RemoveByHand(const std::string& app, const std::string& service) {
    const std::string container = world_->Container(app, 1, service);
    EXPECT_EQ(world_->engine.Do("DELETE", "/containers/" + container + "?force=1"), 204);
  }

  std::string Url(const std::string& host) const {
    return fmt::format("http://{}.localhost:{}", host, world_->http_port);
  }
  bool Answers(const std::string& url, const std::string& text) const {
    const WebAnswer answer = WebGet(url);
    return answer.status == 200 && answer.body.find(text) != std::string::npos;
  }

 private:
  CommandResult Plan(std::vector<std::string> more) const {
    more.insert(more.begin(), {"plan", "--source", world_->repo.path()});
    return world_->Mooring(more);
  }
  /// A document in this world's namespace, its images those of this machine.
  std::string Here(const std::string& text, Names& images) const {
    static const std::regex kImage(R"((\n *image: (?:&\S+ )?)(?:[^\s*]*/)?([^\s*/]+))");
    for (auto match = std::sregex_iterator(text.begin(), text.end(), kImage);
         match != std::sregex_iterator(); ++match) {
      images.insert("mooring-examples/" + (*match)[2].str());
    }
    return std::regex_replace(std::regex_replace(text, kImage, "$1mooring-examples/$2"),
                              std::regex("(^|\n)metadata:\n"),
                              "$1metadata:\n  namespace: " + world_->ns + "\n");
  }
  /// A value that is as good as any other.
  void Provide(const std::string& key) const {
    const std::string file = world_->File("provider/" + key);
    world_->WriteFile("provider/" + key, "of-" + key + "\n");
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  }

  std::map<std::string, std::string> files_;  ///< the documents
  Names resources_;                           ///< "App/website"
};

TEST_F(Examples, StaticSite) {
  ASSERT_NO_FATAL_FAILURE(Bring("static-site"));
  ExpectValid();
  ExpectPlanOfCreates({"App/website", "Site/website"});
  ASSERT_NO_FATAL_FAILURE(Converge());
  EXPECT_TRUE(Answers(Url("website") + "/", "Berths are free"));
  EXPECT_TRUE(Answers(Url("website") + "/prices", "A night costs 12"));
  const WebAnswer missing = WebGet(Url("website") + "/missing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(missing.body.find("no such page"), std::string::npos) << missing.body;
  EXPECT_EQ(WebGet(Url("website") + "/old-prices.html").headers["location"], "/prices");
  EXPECT_EQ(WebGet(Url("www.website") + "/prices").headers["location"], Url("website") + "/prices");
  ExpectNothingToDo();

  // Another configuration reaches the running server; other pages come with a new one.
  const std::string first = world_->engine.IdOf(world_->Container("website"));
  const std::string conf = "apps/website/nginx.conf";
  world_->repo.Write(conf, std::regex_replace(ReadText(world_->repo.path() + "/" + conf),
                                              std::regex("ok\\\\n"), "fine\\n"));
  world_->Commit("Answer otherwise");
  EXPECT_TRUE(Eventually(kSoon, [&] { return Answers(Url("website") + "/healthz", "fine"); }))
      << world_->Story();
  EXPECT_EQ(world_->engine.IdOf(world_->Container("website")), first);
  world_->repo.Write("apps/website/www/prices.html", "<p>A night costs 15.</p>\n");
  world_->Commit("Raise prices");
  EXPECT_TRUE(Eventually(kRollout, [&] {
    return Answers(Url("website") + "/prices", "A night costs 15");
  })) << world_->Story();
  ASSERT_TRUE(Eventually(kRollout, [&] { return world_->HasConverged("App", "website"); }));
  EXPECT_NE(world_->engine.IdOf(world_->Container("website")), first);
  ExpectOnlyDataStays({});
}

TEST_F(Examples, Guestbook) {
  ASSERT_NO_FATAL_FAILURE(Bring("guestbook"));
  ExpectValid();
  ExpectPlanOfCreates({"App/guestbook", "Secret/guestbook", "Site/guestbook"});
  ASSERT_NO_FATAL_FAILURE(Converge());
  const Json web = world_->engine.Inspect(world_->Container("guestbook"));
  for (const char* service : {"db", "cache"}) {
    const Json needed = world_->engine.Inspect(world_->Container("guestbook", 1, service));
    EXPECT_LT(needed["State"]["StartedAt"].get<std::string>(), web["Created"].get<std::string>())
        << service;
  }
  // Visits are counted in the cache, entries in the database.
  const std::string page = Url("guestbook") + "/";
  EXPECT_TRUE(Answers(page, "visit 1, 0 entries"));
  EXPECT_EQ(WebPost(page, "Fair winds").status, 201);
  EXPECT_TRUE(Answers(page, "visit 2, 1 entries\n- Fair winds"));
  ExpectNothingToDo();

  // The entry outlives the container that took it.
  RemoveByHand("guestbook", "db");
  EXPECT_TRUE(Eventually(kRollout, [&] { return WebPost(page, "Land ho").status == 201; }))
      << world_->Story();
  EXPECT_TRUE(Answers(page, ", 2 entries\n- Land ho\n- Fair winds")) << WebGet(page).body;
  EXPECT_TRUE(Eventually(kRollout, [&] { return world_->IsReady("App", "guestbook"); }));
  ExpectOnlyDataStays({"guestbook_db"});
  ASSERT_NO_FATAL_FAILURE(BringBack());
  EXPECT_TRUE(Answers(page, "visit 1, 2 entries\n- Land ho\n- Fair winds")) << WebGet(page).body;
}

TEST_F(Examples, Helpdesk) {
  ASSERT_NO_FATAL_FAILURE(Bring("helpdesk"));
  ExpectValid();
  ExpectPlanOfCreates({"App/helpdesk", "Secret/helpdesk", "Site/helpdesk"});
  ASSERT_NO_FATAL_FAILURE(Converge());
  EXPECT_EQ(world_->Containers().size(), 12U) << "eleven, and the job before them";
  EXPECT_EQ(NetworksOf("helpdesk", "front"), Names{"helpdesk"});
  EXPECT_EQ(NetworksOf("helpdesk", "api"), (Names{"helpdesk", "helpdesk_back"}));
  EXPECT_EQ(NetworksOf("helpdesk", "db"), Names{"helpdesk_back"});
  const std::string url = Url("helpdesk");
  EXPECT_TRUE(Answers(url + "/", "<h1>Helpdesk</h1>"));
  // A ticket goes through the broker to a worker, and into both databases and the cache.
  EXPECT_EQ(WebPost(url + "/api/tickets", "My boat leaks").status, 201);
  EXPECT_EQ(WebPost(url + "/hooks/mail", "By mail").status, 401);
  const std::string token = "X-Hook-Token: of-helpdesk/hook-token";
  EXPECT_EQ(WebPost(url + "/hooks/mail", "By mail", {token}).status, 201);
  const std::string stands = R"({"events": {"opened": 2}, "handled": 2, "letters": 2, )"
                             R"("tickets": {"api": 1, "mail": 1}})";
  EXPECT_TRUE(Eventually(kSoon, [&] { return Answers(url + "/api/status", stands); }))
      << WebGet(url + "/api/status").body;
  ExpectNothingToDo();

  // Without its broker nothing works; with the next one everything does.
  RemoveByHand("helpdesk", "broker");
  EXPECT_TRUE(Eventually(kRollout, [&] {
    return WebPost(url + "/api/tickets", "Is anybody there?").status == 201;
  })) << world_->Story();
  EXPECT_TRUE(Eventually(kRollout, [&] { return world_->IsReady("App", "helpdesk"); }));
  ExpectOnlyDataStays({"helpdesk_analytics", "helpdesk_cache", "helpdesk_db", "helpdesk_mail"});
}

TEST_F(Examples, Automation) {
  ASSERT_NO_FATAL_FAILURE(Bring("automation"));
  ExpectValid();
  ExpectPlanOfCreates({"App/flows", "Secret/flows", "Site/flows"});
  ASSERT_NO_FATAL_FAILURE(Converge());
  const std::string url = Url("flows");
  const auto greets = [&](const std::string& text) {
    const WebAnswer answer = WebPost(url + "/webhook/greet", R"({"name": "Ada"})");
    return answer.status == 200 && answer.body.find(text) != std::string::npos;
  };
  // What ran is counted in the database; one of the flows runs by itself.
  EXPECT_TRUE(greets("Hello Ada"));
  EXPECT_TRUE(Answers(url + "/executions", R"("greet": 1)"));
  EXPECT_TRUE(Eventually(kSoon, [&] { return Answers(url + "/executions", "heartbeat"); }));
  EXPECT_EQ(WebGet(url + "/healthz").status, 404) << "the Site lets nobody there";
  ExpectNothingToDo();

  // Another flow reaches the running tool.
  const std::string container = world_->Container("flows", 1, "flows");
  const std::string before = world_->engine.IdOf(container);
  const std::string flow = "apps/flows/flows/greet.json";
  world_->repo.Write(flow, std::regex_replace(ReadText(world_->repo.path() + "/" + flow),
                                              std::regex("Hello"), "Ahoy"));
  world_->Commit("Greet otherwise");
  EXPECT_TRUE(Eventually(kSoon, [&] { return greets("Ahoy Ada"); })) << world_->Story();
  EXPECT_EQ(world_->engine.IdOf(container), before);
  ExpectOnlyDataStays({"flows_data", "flows_db"});
}

}  // namespace
}  // namespace mooring::test
