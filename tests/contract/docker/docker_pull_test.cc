// SPDX-License-Identifier: Apache-2.0
// What an engine says about images that it pulls. What an image's id is depends on how the engine
// stores images: the digest of its configuration or of its index. Only that it is the same in all
// answers matters.
#include <gtest/gtest.h>

#include "controller/resource/reasons.h"
#include "tests/support/docker/real_docker_host.h"
#include "tests/support/docker/tiny_registry.h"

namespace mooring::testing {
namespace {

using docker::ContainerSummary;
using docker::ImageInfo;

class DockerPull : public ::testing::Test {
 protected:
  void SetUp() override {
    host_ = RealDockerHost::Connect();
    if (!host_) GTEST_SKIP() << "no Docker engine answers here";
    name_ = registry_.Name(host_->prefix());
  }
  void TearDown() override {
    if (!host_) return;
    for (const std::string& id : containers_)
      static_cast<void>(host_->writer().RemoveContainer(id, {}));
    for (const std::string& image : images_) host_->Raw("DELETE", "/images/" + image + "?force=1");
  }

  std::string Publish(const std::string& tag, const std::string& text) {
    return registry_.Publish(host_->prefix(), tag, text);
  }
  ImageInfo Pulled(const std::string& reference) {
    const Status pulled = host_->writer().PullImage({reference}, nullptr, {});
    EXPECT_TRUE(pulled) << pulled.error().ToString();
    const auto image = host_->reader().InspectImage(reference, {});
    if (!image || !*image) {
      ADD_FAILURE() << reference << " is not there after its pull";
      return {};
    }
    images_.push_back((*image)->id);
    return **image;
  }
  std::string Create(const std::string& image) {
    const auto id = host_->writer().CreateContainer(
        fmt::format("{}_{}", host_->prefix(), containers_.size()),
        {{"Image", image}, {"HostConfig", {{"NetworkMode", "none"}}}}, {});
    EXPECT_TRUE(id) << id.error().ToString();
    containers_.push_back(id.value_or(""));
    return containers_.back();
  }
  ContainerSummary Summary(const std::string& id) {
    const auto list = host_->reader().ListContainers({.name = "^/" + host_->prefix() + "_"}, {});
    for (const docker::SummaryPtr& c : *list) {
      if (c->id == id) return *c;
    }
    return {};
  }

  TinyRegistry registry_;
  std::unique_ptr<RealDockerHost> host_;
  std::string name_;
  std::vector<std::string> containers_;
  std::vector<std::string> images_;
};

TEST_F(DockerPull, ContainerAndImageTellTheSameId) {
  const std::string digest = Publish("1", "one");
  const ImageInfo image = Pulled(name_ + ":1");
  EXPECT_TRUE(image.id.starts_with("sha256:"));
  EXPECT_EQ(image.repo_digests, std::vector<std::string>{name_ + "@" + digest});
  EXPECT_EQ(image.config["Cmd"], Json({"/text"}));
  const std::string by_digest = name_ + "@" + digest;
  EXPECT_EQ(Pulled(by_digest).id, image.id);
  EXPECT_EQ(Pulled(name_ + ":1").id, image.id) << "the same again";
  for (const std::string& reference : {name_ + ":1", by_digest, name_ + ":1@" + digest}) {
    SCOPED_TRACE(reference);
    const std::string id = Create(reference);
    EXPECT_EQ(Summary(id).image_id, image.id);
    EXPECT_EQ(host_->reader().InspectContainer(id, {})->config["Image"], reference);
    const auto seen = host_->reader().InspectImage(reference, {});
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ((*seen)->id, image.id);
  }
}

TEST_F(DockerPull, MovedTagIsAnotherImage) {
  Publish("1", "one");
  const ImageInfo first = Pulled(name_ + ":1");
  const std::string id = Create(name_ + ":1");
  EXPECT_EQ(Summary(id).image, name_ + ":1");
  Publish("1", "two");
  const ImageInfo second = Pulled(name_ + ":1");
  EXPECT_NE(second.id, first.id);
  EXPECT_EQ(Summary(id).image_id, first.id);
  EXPECT_EQ(Summary(id).image, first.id) << "its name is another's now";
}

TEST_F(DockerPull, MissingTagIsNoTroubleOfTheMoment) {
  Publish("1", "one");
  const Status pulled = host_->writer().PullImage({name_ + ":2"}, nullptr, {});
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code(), ErrorCode::kFailedPrecondition) << pulled.error().ToString();
  EXPECT_EQ(pulled.error().reason(), reason::kImagePullFailed);
}

TEST_F(DockerPull, NeedsTheLoginThatTheRegistryAsksFor) {
  registry_.RequireLogin("bot", "hunter2 of: odd \"shape\"");
  Publish("1", "behind a login");
  const auto pull = [&](const docker::RegistryLogin* login) {
    return host_->writer().PullImage({.reference = name_ + ":1", .login = login}, nullptr, {});
  };
  const Status nobody = pull(nullptr);
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().reason(), reason::kImagePullFailed);
  EXPECT_EQ(nobody.error().code(), ErrorCode::kUnauthenticated) << nobody.error().ToString();
  docker::RegistryLogin login{docker::RegistryOf(name_), "bot", SecretString("hunter3")};
  const Status wrong = pull(&login);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().ToString().find("hunter3"), std::string::npos);
  login.password = SecretString("hunter2 of: odd \"shape\"");
  const Status pulled = pull(&login);
  ASSERT_TRUE(pulled) << pulled.error().ToString();
  images_.push_back((*host_->reader().InspectImage(name_ + ":1", {}))->id);
  EXPECT_TRUE(host_->reader().DigestAtRegistry(name_ + ":1", &login, {}));
  const auto unknown = host_->reader().DigestAtRegistry(name_ + ":1", nullptr, {});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), ErrorCode::kUnauthenticated) << unknown.error().ToString();
}

TEST_F(DockerPull, TheRegistryTellsWhereATagPoints) {
  const std::string first = Publish("1", "one");
  EXPECT_EQ(host_->reader().DigestAtRegistry(name_ + ":1", nullptr, {}), first);
  const std::string second = Publish("1", "two");
  EXPECT_EQ(host_->reader().DigestAtRegistry(name_ + ":1", nullptr, {}), second);
  EXPECT_FALSE(host_->reader().DigestAtRegistry(name_ + ":9", nullptr, {}));
  EXPECT_FALSE(host_->reader().DigestAtRegistry("127.0.0.1:1/nothing:1", nullptr, {}));
}

TEST_F(DockerPull, RemovesAnImageThatNothingUses) {
  Publish("1", "one");
  const ImageInfo first = Pulled(name_ + ":1");
  const std::string id = Create(name_ + ":1");
  EXPECT_TRUE(host_->writer().RemoveImage(name_ + ":1", first.id, {}));
  EXPECT_TRUE(*host_->reader().InspectImage(name_ + ":1", {})) << "a container uses it";
  ASSERT_TRUE(host_->writer().RemoveContainer(id, {}));
  EXPECT_TRUE(host_->writer().RemoveImage(name_ + ":1", first.id, {}));
  EXPECT_FALSE(*host_->reader().InspectImage(name_ + ":1", {}));
  EXPECT_TRUE(host_->writer().RemoveImage(name_ + ":1", first.id, {})) << "gone already";
  // One that somebody else named, too, and one whose tag has moved on.
  Publish("1", "one again");
  const ImageInfo named = Pulled(name_ + ":1");
  host_->Raw("POST", "/images/" + named.id + "/tag?repo=" + name_ + "&tag=other");
  EXPECT_TRUE(host_->writer().RemoveImage(name_ + ":1", named.id, {}));
  EXPECT_FALSE(*host_->reader().InspectImage(name_ + ":1", {}));
  EXPECT_TRUE(*host_->reader().InspectImage(name_ + ":other", {}));
  Publish("1", "two");
  const ImageInfo second = Pulled(name_ + ":1");
  Publish("1", "three");
  Pulled(name_ + ":1");
  EXPECT_TRUE(host_->writer().RemoveImage(name_ + ":1", second.id, {}));
  EXPECT_FALSE(*host_->reader().InspectImage(second.id, {}));
}

}  // namespace
}  // namespace mooring::testing
