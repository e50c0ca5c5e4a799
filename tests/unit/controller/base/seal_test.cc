// SPDX-License-Identifier: Apache-2.0
#include "controller/base/seal.h"

#include <gtest/gtest.h>

namespace mooring {
namespace {

const HostKey kKey = HostKey::FromBytes(std::string(32, 'k'));

TEST(Sealer, OpensWhatItSealedAndShowsNothing) {
  const Sealer sealer(kKey, "test");
  for (const std::string& value :
       {std::string("hunter2"), std::string(), std::string(70'000, 'x')}) {
    const std::string sealed = sealer.Seal(SecretString(value), "a/b");
    if (!value.empty()) {
      EXPECT_EQ(sealed.find(value), std::string::npos);
    }
    EXPECT_NE(sealed, sealer.Seal(SecretString(value), "a/b"));
    const auto opened = sealer.Open(sealed, "a/b");
    ASSERT_TRUE(opened) << opened.error().ToString();
    EXPECT_EQ(opened->Reveal(), value);
  }
}

TEST(Sealer, RefusesAnotherPlacePurposeKeyOrContent) {
  const Sealer sealer(kKey, "test");
  std::string sealed = sealer.Seal(SecretString("hunter2"), "a");
  EXPECT_FALSE(sealer.Open(sealed, "b"));
  EXPECT_FALSE(Sealer(kKey, "other").Open(sealed, "a"));
  EXPECT_FALSE(Sealer(HostKey::FromBytes(std::string(32, 'x')), "test").Open(sealed, "a"));
  EXPECT_FALSE(sealer.Open(sealed.substr(0, 20), "a"));
  EXPECT_FALSE(sealer.Open("", "a"));
  sealed[30] ^= 1;
  const auto opened = sealer.Open(sealed, "a");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::kDataLoss);
}

}  // namespace
}  // namespace mooring
