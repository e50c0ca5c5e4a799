// SPDX-License-Identifier: Apache-2.0
// Tags that move at the registry, and images that nobody needs any more.
#include <gmock/gmock.h>

#include "reconcilers/docker/plan/image_history.h"
#include "tests/support/docker/app_fixture.h"

namespace mooring::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kImage[] = "registry.example.com/shop/web:1";

class AppImages : public AppFixture {
 protected:
  Resource Shop(const std::string& image, Json more = Json::object()) const {
    return App({{"web", {{"image", image}}}}, {}, std::move(more));
  }
  Resource Follower() const { return Shop(kImage, {{"imageDrift", "digest"}}); }
  std::string IdOf(const std::string& reference) {
    const auto image = host.InspectImage(reference, {});
    return image && *image ? (*image)->id : "";
  }
  /// A look after the answer of the registry has grown old.
  ResourcePlan LookLater(const Resource& app) {
    clock.Advance(std::chrono::minutes(10));
    return *loop->Plan(app.key, &app);
  }
};

TEST_F(AppImages, ATagThatMovedIsPulledAndRolls) {
  host.AddToRegistry(kImage);
  const Resource app = Follower();
  Converge(app);
  EXPECT_THAT(LookLater(app).changes, IsEmpty());
  host.AddToRegistry(kImage);
  const std::string old_id = IdOf(kImage);
  const ResourcePlan plan = LookLater(app);
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].object, std::string("image/") + kImage);
  EXPECT_EQ(plan.changes[0].reason, "its tag has moved at the registry");
  EXPECT_TRUE(plan.changes[0].rotation) << "it waits for a sync window";
  ASSERT_EQ(plan.drift.size(), 1U);
  EXPECT_EQ(plan.drift[0].path, "/services/web/image");
  EXPECT_THAT(plan.drift[0].desired, HasSubstr("sha256:"));
  EXPECT_NE(plan.drift[0].desired, plan.drift[0].actual);
  Converge(app);
  EXPECT_NE(IdOf(kImage), old_id);
  EXPECT_EQ(host.Find("default_shop_web_1")->image_id, IdOf(kImage));
  EXPECT_THAT(LookLater(app).changes, IsEmpty());
}

TEST_F(AppImages, ATagThatMovedIsNobodysBusinessUnlessTheAppSaysSo) {
  host.AddToRegistry(kImage);
  const Resource app = Shop(kImage);
  Converge(app);
  host.AddToRegistry(kImage);
  EXPECT_THAT(LookLater(app).changes, IsEmpty());
}

TEST_F(AppImages, ARegistryThatDoesNotAnswerChangesNothing) {
  host.AddImage(kImage);
  const Resource app = Follower();
  Converge(app);
  const ResourcePlan plan = LookLater(app);
  EXPECT_THAT(plan.changes, IsEmpty());
  EXPECT_TRUE(plan.healthy);
  EXPECT_THAT(plan.notes, ElementsAre(HasSubstr("nobody knows whether " + std::string(kImage) +
                                                " has moved: connection refused")));
}

TEST_F(AppImages, OlderVersionsGoAndTheLastOnesStay) {
  std::vector<std::string> images;
  for (int version = 1; version <= 4; ++version) {
    images.push_back(fmt::format("registry.example.com/shop/web:{}", version));
    host.AddToRegistry(images.back());
    Converge(Shop(images.back(), {{"rollout", {{"keep", 1}}}}));
  }
  EXPECT_EQ(IdOf(images[0]), "");
  EXPECT_EQ(IdOf(images[1]), "");
  EXPECT_NE(IdOf(images[2]), "");
  EXPECT_NE(IdOf(images[3]), "");
  // Back to the one before: it is the newest now, and nothing is pulled.
  host.AddToRegistry("registry.example.com/shop/web:5");
  Converge(Shop(images[2], {{"rollout", {{"keep", 1}}}}));
  Converge(Shop("registry.example.com/shop/web:5", {{"rollout", {{"keep", 1}}}}));
  EXPECT_NE(IdOf(images[2]), "");
  EXPECT_EQ(IdOf(images[3]), "");
}

TEST_F(AppImages, WhatMooringDidNotPullStays) {
  host.AddImage("web:1");
  host.AddImage("web:2");
  Converge(Shop("web:1", {{"rollout", {{"keep", 0}}}}));
  Converge(Shop("web:2", {{"rollout", {{"keep", 0}}}}));
  EXPECT_NE(IdOf("web:1"), "");
}

TEST_F(AppImages, WithTheAppItsImagesGo) {
  host.AddToRegistry(kImage);
  const Resource app = Shop(kImage);
  Converge(app);
  Finish(nullptr, app.key);
  EXPECT_EQ(IdOf(kImage), "");
  EXPECT_THAT(loop->Plan(app.key, nullptr)->changes, IsEmpty());
}

TEST(ImageHistory, ComesBackFromTheStatus) {
  docker::ImageHistory history(nullptr);
  EXPECT_TRUE(history.ToJson().empty());
  history.NotePull("a:1");
  history.NoteUse({{"web", {"a:1", "sha256:1"}}, {"worker", {"a:1", "sha256:1"}}});
  Json details = {{"images", history.ToJson()}};
  docker::ImageHistory again(&details);
  EXPECT_EQ(again.ToJson(), history.ToJson());
  again.NotePull("a:2");
  again.NoteUse({{"web", {"a:2", "sha256:2"}}, {"worker", {"a:1", "sha256:1"}}});
  EXPECT_THAT(again.TakeObsolete(0), IsEmpty()) << "the worker still runs it";
  again.NoteUse({{"web", {"a:2", "sha256:2"}}});
  EXPECT_THAT(again.TakeObsolete(0), ElementsAre(docker::KnownImage{"a:1", "sha256:1"}));
  EXPECT_THAT(again.TakeObsolete(0), IsEmpty());
}

}  // namespace
}  // namespace mooring::testing
