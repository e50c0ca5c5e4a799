// SPDX-License-Identifier: Apache-2.0
#include "controller/webhook/delivery.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/support/webhook/sign.h"

namespace mooring::webhook {
namespace {

using ::testing::HasSubstr;

constexpr char kForm[] = "application/x-www-form-urlencoded";
constexpr char kCommit[] = "4b1c9e2a7d5503f1c8e6a9b2d4f70c3e5a1b8d96";

std::string Refusal(std::string_view type, std::string_view body) {
  const auto push = ReadPush(type, body);
  return push ? "none" : push.error().ToString();
}

TEST(Delivery, OnlyTheOutermostRefCounts) {
  for (const char* type :
       {"", "application/json", "application/json; charset=utf-8", "Application/JSON"}) {
    const auto push = ReadPush(type, testing::PushBody("refs/heads/main", kCommit));
    ASSERT_TRUE(push) << push.error().ToString();
    EXPECT_EQ(push->ref, "refs/heads/main");
    EXPECT_FALSE(push->deleted);
  }
}

TEST(Delivery, FortyZerosAreADeletedBranch) {
  const auto push = ReadPush("", testing::PushBody("refs/heads/main", std::string(40, '0')));
  ASSERT_TRUE(push);
  EXPECT_TRUE(push->deleted);
  EXPECT_FALSE(ReadPush("", R"({"ref": "refs/heads/main", "after": ""})")->deleted);
  EXPECT_FALSE(ReadPush("", R"({"ref": "refs/heads/main", "after": null})")->deleted);
}

TEST(Delivery, AFormHasItsJsonInPayload) {
  const auto push =
      ReadPush(kForm, "a=b&payload=%7B%22ref%22%3A+%22refs%2fheads%2Fmain%22%0A%7D&c=d");
  ASSERT_TRUE(push) << push.error().ToString();
  EXPECT_EQ(push->ref, "refs/heads/main");
  EXPECT_EQ(Refusal(kForm, "a=b"), "the form has no field payload");
  EXPECT_EQ(Refusal(kForm, "payload=%7"), "the form has bad percent-encoding");
  EXPECT_EQ(Refusal(kForm, "payload=%zz"), "the form has bad percent-encoding");
  EXPECT_THAT(Refusal(kForm, "payload="), HasSubstr("is not JSON"));
}

TEST(Delivery, WhatIsNoPushSaysWhy) {
  EXPECT_THAT(Refusal("text/plain", "{}"), HasSubstr("application/json or"));
  EXPECT_EQ(Refusal("", "{\"ref\": "), "the body is not JSON, from byte 9 on");
  for (const char* body : {"{}", "[\"ref\"]", "\"ref\"", "[{\"ref\": \"refs/heads/main\"}]",
                           "{\"ref\": 7}", "{\"ref\": {\"ref\": \"x\"}}", "null"}) {
    EXPECT_EQ(Refusal("", body), "the body has no ref, so it is no push") << body;
  }
  EXPECT_THAT(Refusal("", "{\"ref\": \"\xff\"}"), HasSubstr("is not JSON"));
  EXPECT_THAT(Refusal("", ""), HasSubstr("is not JSON"));
}

TEST(Delivery, DepthCostsNothing) {
  const std::string deep(500'000, '[');
  EXPECT_THAT(Refusal("", "{\"ref\": " + deep), HasSubstr("is not JSON"));
}

TEST(Delivery, RefsAreReadable) {
  EXPECT_EQ(RefInWords("refs/heads/feature/x"), "branch feature/x");
  EXPECT_EQ(RefInWords("refs/tags/v1"), "tag v1");
  EXPECT_EQ(RefInWords("refs/notes/\x1bx"), "refs/notes/?x");
  EXPECT_EQ(RefInWords(std::string(1000, 'x')), "a ref of 1000 bytes");
}

}  // namespace
}  // namespace mooring::webhook
