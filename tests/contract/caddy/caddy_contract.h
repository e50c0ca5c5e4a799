// SPDX-License-Identifier: Apache-2.0
// The fixture of the contract suite: one Caddy, fake or real, and a gateway over it.
#pragma once

#include <filesystem>

#include "tests/support/caddy/fake_caddy.h"
#include "tests/support/caddy/gateway.h"
#include "tests/support/caddy/real_caddy.h"

namespace mooring::test {

enum class Kind { kFake, kReal };

/// A folder that others cannot enter, gone with the object.
class PrivateFolder {
 public:
  PrivateFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "mooring-caddy-XXXXXX").string();
    path_ = mkdtemp(name.data());
    std::filesystem::permissions(path_, std::filesystem::perms(0750));
  }
  ~PrivateFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline Json Responds(const std::string& host, const std::string& body) {
  return {{"hosts", {host}},
          {"tls", {{"issuer", "off"}}},
          {"routes", Json::array({{{"respond", {{"status", 200}, {"body", body}}}}})}};
}

inline Resource Plain(const std::string& name, const std::string& body = "ok") {
  return MakeSite(name, Responds(name + ".test", body));
}

/// A Site that no Caddy accepts.
inline Resource Rejected(const std::string& name) {
  return MakeSite(
      name, {{"hosts", {name + ".test"}},
             {"tls", {{"issuer", "off"}}},
             {"routes", Json::array({{{"backend", "app/web/80"},
                                      {"proxy", {{"loadBalancing", {{"policy", "no_such"}}}}}}})}});
}

class CaddyContract : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kFake) {
      host_ = std::make_unique<FakeCaddy>(folder_.path());
    } else if (RealCaddy::Binary().empty()) {
      GTEST_SKIP() << "no Caddy on this machine; set MOORING_CADDY";
    } else {
      host_ = std::make_unique<RealCaddy>(folder_.path());
    }
    Open(Gateway::Options(host_->admin()));
  }
  void Open(caddy::GatewayOptions options) {
    gateway_.reset();
    gateway_ = std::make_unique<Gateway>(options, Gateway::Admin(host_->admin()), Gateway::Eager());
  }
  void ExpectReconciled(const Resource& site) {
    const Status done = gateway_->Reconcile(site);
    EXPECT_TRUE(done) << done.error().ToString();
  }
  /// Somebody edits the live configuration by hand, and the watcher would have told.
  void Edit(const std::function<void(Json&)>& edit) {
    Json config = host_->Config();
    edit(config);
    host_->Overwrite(std::move(config));
    gateway_->cache.MarkDirty();
  }

  PrivateFolder folder_;
  std::unique_ptr<CaddyHost> host_;
  std::unique_ptr<Gateway> gateway_;
};

}  // namespace mooring::test
