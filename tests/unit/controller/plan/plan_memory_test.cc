// SPDX-License-Identifier: Apache-2.0
#include "controller/plan/plan_memory.h"

#include <gtest/gtest.h>

#include "controller/resource/reasons.h"

namespace mooring {
namespace {

const ResourceKey kKey{"App", "default", "shop"};

Resource Spec(std::string digest = "d1") { return {.key = kKey, .spec_digest = std::move(digest)}; }

ResourcePlan AtRest() {
  return {.key = kKey, .healthy = true, .health_message = "1 of 1 services healthy"};
}

TEST(PlanMemory, GivesWhatWasPutForTheSame) {
  PlanMemory memory;
  const Resource spec = Spec();
  EXPECT_FALSE(memory.Find(kKey, &spec, "d1", 7, Time()));
  memory.Put(kKey, &spec, "d1", 7, AtRest());
  const auto found = memory.Find(kKey, &spec, "d1", 7, Time());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->health_message, "1 of 1 services healthy");
}

TEST(PlanMemory, MissesWhateverMoved) {
  PlanMemory memory;
  const Resource spec = Spec();
  const Resource other = Spec("d2");
  memory.Put(kKey, &spec, "d1", 7, AtRest());
  EXPECT_FALSE(memory.Find(kKey, &spec, "d1", 8, Time())) << "the host";
  EXPECT_FALSE(memory.Find(kKey, &spec, "d1", 0, Time())) << "nobody knows whether the host";
  EXPECT_FALSE(memory.Find(kKey, &other, "d2", 7, Time())) << "the spec, and it was applied";
  EXPECT_FALSE(memory.Find(kKey, &other, "d1", 7, Time())) << "the spec";
  EXPECT_FALSE(memory.Find(kKey, &spec, "", 7, Time())) << "what was applied is forgotten";
  EXPECT_FALSE(memory.Find(kKey, nullptr, "d1", 7, Time())) << "it is to go";
  EXPECT_TRUE(memory.Find(kKey, &spec, "d1", 7, Time()));
}

TEST(PlanMemory, KeepsOnlyWhatIsAtRest) {
  const Resource spec = Spec();
  const auto kept = [&](const ResourcePlan& plan, const std::string& applied = "d1",
                        uint64_t version = 7) {
    PlanMemory memory;
    memory.Put(kKey, &spec, applied, version, plan);
    return memory.Find(kKey, &spec, applied, version, Time()).has_value();
  };
  EXPECT_TRUE(kept(AtRest()));
  EXPECT_FALSE(kept(AtRest(), "d0")) << "another spec was applied";
  EXPECT_FALSE(kept(AtRest(), "d1", 0)) << "of no known version";
  ResourcePlan changes = AtRest();
  changes.changes = {Change{.action = Action::kCreate}};
  EXPECT_FALSE(kept(changes));
  ResourcePlan waits = AtRest();
  waits.wait = Wait{reason::kProgressing, "", {}};
  EXPECT_FALSE(kept(waits));
  ResourcePlan blocked = AtRest();
  blocked.blocked = Error(ErrorCode::kFailedPrecondition, "no");
  EXPECT_FALSE(kept(blocked));
  ResourcePlan drifted = AtRest();
  drifted.drift = {{"/image", "a", "b", {}, {}}};
  EXPECT_FALSE(kept(drifted));
  ResourcePlan sick = AtRest();
  sick.healthy = false;
  EXPECT_FALSE(kept(sick)) << "it may become healthy by time alone";
}

TEST(PlanMemory, AnotherPlanTakesThePlaceOfTheOneBefore) {
  PlanMemory memory;
  const Resource spec = Spec();
  memory.Put(kKey, &spec, "d1", 7, AtRest());
  ResourcePlan sick = AtRest();
  sick.healthy = false;
  memory.Put(kKey, &spec, "d1", 8, sick);
  EXPECT_FALSE(memory.Find(kKey, &spec, "d1", 7, Time()));
  EXPECT_FALSE(memory.Find(kKey, &spec, "d1", 8, Time()));
}

}  // namespace
}  // namespace mooring
