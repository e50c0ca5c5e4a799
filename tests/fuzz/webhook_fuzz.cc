// SPDX-License-Identifier: Apache-2.0
// Bytes as a delivery to a webhook, as it came and as one who knows the secret sends it.
#include <cstdint>

#include "controller/webhook/delivery.h"
#include "controller/webhook/receiver.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/message.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/webhook/sign.h"

namespace mooring::webhook {
namespace {

using fuzz::Check;

constexpr char kSecret[] = "s3cret";

void Deliver(Sender sender, const Headers& headers, const std::string& body, bool is_signed) {
  static testing::FakeClock clock;
  static metrics::Metrics metrics{{}};
  size_t looks = 0;
  Receiver receiver({.look_now = [&](const std::string&) { ++looks; },
                     .on_refused = [](const std::string&) {},
                     .metrics = metrics,
                     .clock = clock,
                     .log = Log()});
  receiver.Configure({{.name = "forge",
                       .sender = sender,
                       .source = "fleet",
                       .ref = "refs/heads/main",
                       .secret = SecretString(kSecret)}});
  const auto answer = receiver.Receive("forge", headers, body);
  Check(answer.has_value(), "the hook is known");
  Check((answer->outcome == Outcome::kAccepted) == (looks == 1), "who is accepted has a look");
  Check(!is_signed || answer->outcome != Outcome::kRefused, "a right signature is taken");
  if (answer->outcome != Outcome::kAccepted) return;
  Check(CheckSignature(sender, SecretString(kSecret), headers, body) == Signature::kValid,
        "nothing is done unsigned");
  Check(receiver.Receive("forge", headers, body)->outcome == Outcome::kRepeated, "it counts once");
}

void Sign(Sender sender, const std::string& body, Headers& headers) {
  const std::string digest = testing::Sign(kSecret, body);
  headers["x-hub-signature-256"] = "sha256=" + digest;
  headers["x-mooring-signature"] = "sha256=" + digest;
  headers["x-gitea-signature"] = digest;
  if (sender == Sender::kGitlab) headers["x-gitlab-token"] = kSecret;
}

}  // namespace
}  // namespace mooring::webhook

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mooring::webhook;
  const auto message = mooring::fuzz::ReadMessage({reinterpret_cast<const char*>(data), size});
  const auto sender = static_cast<Sender>(message.first.empty() ? 0 : message.first[0] & 3);
  Headers headers = message.headers;
  Deliver(sender, headers, message.body, false);
  Sign(sender, message.body, headers);
  Deliver(sender, headers, message.body, true);
  return 0;
}
