// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/secret/plan/secret_planner.h"

#include <gtest/gtest.h>

#include "controller/resource/reasons.h"
#include "reconcilers/secret/plan/observation.h"

namespace mooring::secret {
namespace {

SecretDataPtr Data(const std::map<std::string, std::string>& values) {
  auto data = std::make_shared<SecretData>();
  for (const auto& [key, value] : values) data->emplace(key, SecretString(value));
  return data;
}

class Plans : public ::testing::Test {
 protected:
  Plans() {
    secret_.key = {"Secret", "default", "shop"};
    secret_.spec = {{"data", Json::object()}};
    secret_.spec_digest = "sha256:1";
  }
  ResourcePlan Plan(bool desired = true, const std::string& last = "") {
    return SecretPlanner().Plan({.key = &secret_.key,
                                 .desired = desired ? &secret_ : nullptr,
                                 .last_applied_digest = last,
                                 .observed = &seen_});
  }
  Resource secret_;
  SecretObservation seen_;
};

TEST_F(Plans, TellOnlyWhichKeysChange) {
  seen_.applied = Data({{"a", "1"}, {"b", "2"}, {"c", "3"}});
  seen_.opened = Data({{"a", "1"}, {"b", "hunter2"}, {"d", "4"}});
  const ResourcePlan plan = Plan();
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.action, Action::kUpdate);
  const std::vector<FieldDiff> expected = {
      {"data.b", "", "", true}, {"data.c", "", "", true}, {"data.d", "", "", true}};
  EXPECT_EQ(plan.changes.front().diffs, expected);
  EXPECT_FALSE(plan.changes.front().drift);
  EXPECT_TRUE(plan.healthy);
  EXPECT_EQ(plan.health_message, "3 values from SOPS");
  EXPECT_EQ(plan.details["keys"], Json({"a", "b", "d"}));
}

TEST_F(Plans, AreEmptyWhenTheValuesAreTheSame) {
  seen_.applied = Data({{"a", "1"}});
  seen_.opened = Data({{"a", "1"}});
  EXPECT_FALSE(Plan().HasChanges());
}

TEST_F(Plans, SayThatAProviderHasAnotherValue) {
  secret_.spec = {{"provider", "pass"}, {"keys", {{"a", "x"}}}};
  seen_.applied = Data({{"a", "1"}});
  seen_.opened = Data({{"a", "2"}});
  const ResourcePlan plan = Plan(true, secret_.spec_digest);
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes.front().reason, "the provider has another value");
  EXPECT_EQ(plan.changes.front().diffs.front().path, "keys.a");
}

TEST_F(Plans, OfOneThatCannotBeOpenedKeepWhatWasApplied) {
  seen_.applied = Data({{"a", "1"}});
  seen_.failed = Error(ErrorCode::kFailedPrecondition, "no key").WithReason(reason::kKeyMissing);
  const ResourcePlan plan = Plan();
  EXPECT_FALSE(plan.HasChanges());
  ASSERT_TRUE(plan.blocked);
  EXPECT_EQ(plan.blocked->reason(), reason::kKeyMissing);
  EXPECT_FALSE(plan.healthy);
  EXPECT_EQ(plan.inventory.size(), 1U);
}

TEST_F(Plans, OfOneThatIsGoneForgetIt) {
  EXPECT_FALSE(Plan(false).HasChanges());
  seen_.applied = Data({{"a", "1"}});
  const ResourcePlan plan = Plan(false);
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes.front().action, Action::kDelete);
}

}  // namespace
}  // namespace mooring::secret
