// SPDX-License-Identifier: Apache-2.0
#include "tests/support/docker/tiny_registry.h"

#include "controller/base/base64.h"
#include "controller/base/digest.h"
#include "controller/resource/resource.h"
#include "tests/support/docker/tar.h"

namespace mooring::testing {
namespace {

constexpr char kIndexType[] = "application/vnd.oci.image.index.v1+json";
constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
constexpr char kConfigType[] = "application/vnd.oci.image.config.v1+json";
constexpr char kLayerType[] = "application/vnd.oci.image.layer.v1.tar";

std::string DigestOf(const std::string& bytes) { return "sha256:" + Sha256Hex(bytes); }

Json Descriptor(const std::string& type, const std::string& bytes) {
  return {{"mediaType", type}, {"digest", DigestOf(bytes)}, {"size", bytes.size()}};
}

}  // namespace

TinyRegistry::TinyRegistry()
    : server_("", [this](const test::TinyRequest& request) { return Answer(request); }) {}

std::string TinyRegistry::Name(const std::string& repository) const {
  return fmt::format("127.0.0.1:{}/{}", server_.port(), repository);
}

std::string TinyRegistry::Publish(const std::string& repository, const std::string& tag,
                                  const std::string& text) {
  const Json platform = {{"os", "linux"}, {"architecture", "amd64"}};
  const std::string layer = TarOf("text", text);
  Json config = platform;
  config["config"] = {{"Cmd", {"/text"}}};
  config["rootfs"] = {{"type", "layers"}, {"diff_ids", {DigestOf(layer)}}};
  const std::string config_bytes = config.dump();
  const Json manifest = {{"schemaVersion", 2},
                         {"mediaType", kManifestType},
                         {"config", Descriptor(kConfigType, config_bytes)},
                         {"layers", {Descriptor(kLayerType, layer)}}};
  const std::string manifest_bytes = manifest.dump();
  Json entry = Descriptor(kManifestType, manifest_bytes);
  entry["platform"] = platform;
  const Json image = {
      {"schemaVersion", 2}, {"mediaType", kIndexType}, {"manifests", Json::array({entry})}};
  const std::string bytes = image.dump();
  blobs_.With([&](Blobs& blobs) {
    blobs[DigestOf(layer)] = {kLayerType, layer};
    blobs[DigestOf(config_bytes)] = {kConfigType, config_bytes};
    blobs[DigestOf(manifest_bytes)] = {kManifestType, manifest_bytes};
    blobs[DigestOf(bytes)] = {kIndexType, bytes};
    blobs[repository + ":" + tag] = {kIndexType, bytes};
  });
  return DigestOf(bytes);
}

void TinyRegistry::RequireLogin(const std::string& username, const std::string& password) {
  login_.With(
      [&](std::string& login) { login = "Basic " + EncodeBase64(username + ":" + password); });
}

/// "/v2/", "/v2/<repository>/manifests/<tag or digest>", "/v2/<repository>/blobs/<digest>".
std::string TinyRegistry::Answer(const test::TinyRequest& request) const {
  const std::string wanted_login = login_.With([](const std::string& login) { return login; });
  const auto given = request.headers.find("authorization");
  if (!wanted_login.empty() && (given == request.headers.end() || given->second != wanted_login)) {
    return test::TinyResponse(
        401, R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]})",
        "Content-Type: application/json\r\nWWW-Authenticate: Basic realm=\"tiny\"\r\n");
  }
  const std::string path = request.path.substr(0, request.path.find('?'));
  if (path == "/v2/") return test::TinyResponse(200, "{}");
  const size_t name = path.rfind('/');
  const size_t kind = path.rfind('/', name - 1);
  if (!path.starts_with("/v2/") || name == std::string::npos || kind < 4)
    return test::TinyResponse(404, "");
  const std::string repository = path.substr(4, kind - 4);
  const std::string wanted = path.substr(name + 1);
  return blobs_.With([&](const Blobs& blobs) {
    const auto found =
        blobs.find(wanted.starts_with("sha256:") ? wanted : repository + ":" + wanted);
    if (found == blobs.end()) {
      return test::TinyResponse(
          404, R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]})",
          "Content-Type: application/json\r\n");
    }
    const Blob& blob = found->second;
    std::string answer =
        test::TinyResponse(200, blob.bytes,
                           fmt::format("Content-Type: {}\r\nDocker-Content-Digest: {}\r\n",
                                       blob.type, DigestOf(blob.bytes)));
    if (request.method == "HEAD") answer.resize(answer.size() - blob.bytes.size());
    return answer;
  });
}

}  // namespace mooring::testing
