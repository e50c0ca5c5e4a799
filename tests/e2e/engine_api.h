// SPDX-License-Identifier: Apache-2.0
// A Docker engine as a person with curl sees it: looks, and breaks things behind Mooring's back.
// Failures of the engine itself abort the test program. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "controller/net/http_client.h"
#include "controller/resource/resource.h"

namespace mooring::test {

class EngineApi {
 public:
  explicit EngineApi(std::string socket);

  const std::string& socket() const { return socket_; }
  bool Answers();
  /// The HTTP status; 0 when there was no answer.
  int Do(const std::string& method, const std::string& path, const Json& body = nullptr);
  Json Get(const std::string& path);
  /// What it answers.
  Json Post(const std::string& path, const Json& body);

  /// Names ("default_hello_web_1") of all containers with the label, running or not; sorted.
  std::vector<std::string> Containers(const std::string& label);
  std::vector<std::string> Networks(const std::string& label);
  std::vector<std::string> Volumes(const std::string& label);
  Json Inspect(const std::string& container);
  /// As somebody in the container, who does not wait for it: the status of the engine's answer.
  int Exec(const std::string& container, const std::string& script);
  /// Its id, or "" when there is none.
  std::string IdOf(const std::string& container);
  /// The address in its only network.
  std::string AddressOf(const std::string& container);
  bool HasImage(const std::string& image);
  void Tag(const std::string& image, const std::string& repo, const std::string& tag);
  /// To its registry, as nobody.
  void Push(const std::string& repo, const std::string& tag);

  /// Everything with the label goes: containers, networks, volumes.
  void RemoveAll(const std::string& label);

 private:
  net::HttpResponse Ask(const std::string& method, const std::string& path, const Json& body,
                        std::vector<std::string> headers = {});

  const std::string socket_;
  net::HttpClient client_;
};

}  // namespace mooring::test
