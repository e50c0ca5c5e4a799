// SPDX-License-Identifier: Apache-2.0
#include "controller/base/certificate.h"

#include "tests/support/certificate/test_certificate.h"

namespace mooring {
namespace {

using test::MakeCertificate;
using test::TestCertificate;
using testing::ElementsAre;

TEST(CheckPemPair, TakesACertificateWithItsOwnKey) {
  const TestCertificate own = MakeCertificate({"a.test"});
  const TestCertificate other = MakeCertificate({"a.test"});
  EXPECT_EQ(CheckPemPair(own.certificate, own.key), PemFault::kNone);
  EXPECT_EQ(CheckPemPair(own.certificate + other.certificate, own.key), PemFault::kNone);
  EXPECT_EQ(CheckPemPair("", own.key), PemFault::kNoCertificate);
  EXPECT_EQ(CheckPemPair("a certificate", own.key), PemFault::kNoCertificate);
  EXPECT_EQ(CheckPemPair(own.key, own.certificate), PemFault::kNoCertificate);
  EXPECT_EQ(CheckPemPair(own.certificate, own.certificate), PemFault::kNoKey);
  EXPECT_EQ(CheckPemPair(own.certificate, own.key.substr(0, 60)), PemFault::kNoKey);
  EXPECT_EQ(CheckPemPair(own.certificate, test::MakeLockedKey()), PemFault::kNoKey);
  EXPECT_EQ(CheckPemPair(own.certificate, other.key), PemFault::kOtherKey);
  EXPECT_EQ(CheckPemPair(other.certificate + own.certificate, own.key), PemFault::kOtherKey);
}

TEST(HostsNotCovered, AWildcardStandsForOneLabel) {
  const TestCertificate wide = MakeCertificate({"*.shop.test"});
  EXPECT_THAT(HostsNotCovered(wide.certificate, {"*.shop.test", "a.shop.test", "shop.test",
                                                 "a.b.shop.test", "*.b.shop.test"}),
              ElementsAre("shop.test", "a.b.shop.test", "*.b.shop.test"));
  EXPECT_THAT(HostsNotCovered("", {"a.test"}), ElementsAre("a.test"));
}

}  // namespace
}  // namespace mooring
