// SPDX-License-Identifier: Apache-2.0
// The Engine API as far as the daemon asks for it, over a FakeDockerHost: with thousands of
// containers that cost nothing, answers come as fast as a socket gives them, or as slowly as a
// real engine was measured to. Thread-safe; main owns it, and it outlives the server.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "controller/web/body_stream.h"
#include "controller/web/http_server.h"
#include "tests/support/docker/fake_docker_host.h"

namespace mooring::bench {

class SimulatedEngine {
 public:
  /// `list_item_cost`: what a list takes for each container in it.
  SimulatedEngine(Clock& clock, Duration list_item_cost, const std::vector<std::string>& images);

  void Register(web::HttpServer& server);

 private:
  /// A container as the list shows it, kept ready.
  struct Item {
    std::string name;
    std::map<std::string, std::string> labels;
    std::string state;
    std::string text;
  };
  using Work = std::function<Result<web::Response>(const web::Request&)>;

  void RegisterReads(web::HttpServer& server);
  void RegisterWrites(web::HttpServer& server);
  /// One route below "/{version}"; a failure becomes the engine's answer for it.
  void On(web::HttpServer& server, const char* method, const std::string& path, Work work);
  /// As On, and then tells what happened.
  void OnWrite(web::HttpServer& server, const char* method, const std::string& path, Work work);

  Result<web::Response> List(const web::Request& request);
  Result<web::Response> Image(const std::string& reference);
  web::Response Events();
  /// Brings the kept items up to what happened, and only then sends the events: an engine's list
  /// shows what its events told.
  void Publish();
  void Render(const std::string& id);

  testing::FakeDockerHost host_;
  const Duration list_item_cost_;
  std::mutex mutex_;
  std::map<uint64_t, Item, std::greater<>> items_;    ///< newest first
  std::map<std::string, uint64_t> numbers_;           ///< by id
  std::map<std::string, std::set<uint64_t>> by_app_;  ///< by the label mooring.dev/name
  std::map<std::string, uint64_t> by_name_;
  uint64_t last_ = 0;
  std::vector<std::shared_ptr<web::BodyStream>> streams_;
};

}  // namespace mooring::bench
