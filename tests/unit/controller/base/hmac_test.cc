// SPDX-License-Identifier: Apache-2.0
#include "controller/base/hmac.h"

#include <gmock/gmock.h>

#include <string>

namespace mooring {
namespace {

// RFC 4231, test case 2; and with a key that is longer than a block, test case 6.
constexpr char kShort[] = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
constexpr char kLong[] = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";

TEST(Hmac, IsThatOfTheStandard) {
  EXPECT_TRUE(IsHmacSha256(kShort, "what do ya want for nothing?", SecretString("Jefe")));
  EXPECT_TRUE(IsHmacSha256(kLong, "Test Using Larger Than Block-Size Key - Hash Key First",
                           SecretString(std::string(131, '\xaa'))));
}

TEST(Hmac, AnyOtherHexIsWrong) {
  const SecretString key("Jefe");
  const std::string message = "what do ya want for nothing?";
  std::string upper = kShort;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_TRUE(IsHmacSha256(upper, message, key));
  const std::string right = kShort;
  for (const std::string& wrong :
       {std::string(), right.substr(2), right + "00", "zz" + right.substr(2),
        right.substr(0, 62) + "44", std::string(64, '0'), right.substr(0, 63) + " ",
        std::string(32, '5') + std::string(32, 'g')}) {
    EXPECT_FALSE(IsHmacSha256(wrong, message, key)) << wrong;
  }
  EXPECT_FALSE(IsHmacSha256(kShort, message + " ", key));
  EXPECT_FALSE(IsHmacSha256(kShort, message, SecretString("jefe")));
}

TEST(Hmac, ComparesSecretsAsAWhole) {
  EXPECT_TRUE(IsSameSecret("hunter2", SecretString("hunter2")));
  EXPECT_FALSE(IsSameSecret("hunter", SecretString("hunter2")));
  EXPECT_FALSE(IsSameSecret("hunter22", SecretString("hunter2")));
  EXPECT_FALSE(IsSameSecret("", SecretString("hunter2")));
}

}  // namespace
}  // namespace mooring
