// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/caddy/site_secrets.h"

#include "controller/base/base64.h"
#include "controller/base/certificate.h"
#include "controller/base/text.h"
#include "controller/resource/reasons.h"

namespace mooring::caddy {
namespace {

/// A value and the words for it: "key crt of Secret/default/tls".
struct Value {
  SecretString text;
  std::string name;
};

Result<Value> Read(const Json& reference, const std::string& ns, const SecretValues& values) {
  const auto ref = ReadSecretRef(reference, ns);
  const SecretString* value = ref ? values.Find(*ref) : nullptr;
  if (value == nullptr) {
    return std::unexpected(Error(ErrorCode::kUnavailable, "not all values of its Secrets are known")
                               .WithReason(reason::kDependencyNotReady));
  }
  return Value{*value, fmt::format("key {} of {}", ref->key, ref->Secret().ToString())};
}

std::unexpected<Error> Unfit(std::string text) {
  return std::unexpected(
      Error(ErrorCode::kFailedPrecondition, std::move(text)).WithReason(reason::kInvalidSpec));
}

/// "$2y$12$" and 53 letters of salt and digest.
bool IsBcrypt(std::string_view text) {
  constexpr size_t kLength = 60;
  constexpr size_t kCost = 4;
  if (text.size() != kLength || text[kCost + 2] != '$') return false;
  if (!text.starts_with("$2a$") && !text.starts_with("$2b$") && !text.starts_with("$2y$"))
    return false;
  const std::string_view cost = text.substr(kCost, 2);
  if (cost < "04" || cost > "31" || cost.find_first_not_of("0123456789") != std::string_view::npos)
    return false;
  return text.find_first_not_of("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                                kCost + 3) == std::string_view::npos;
}

}  // namespace

Result<Json> BasicAuthHandler(const Json& accounts, const std::string& ns,
                              const SecretValues& values) {
  Json rendered = Json::array();
  for (const Json& account : accounts) {
    MOORING_TRY(const Value hash, Read(account.at("password"), ns, values));
    if (!IsBcrypt(hash.text.Reveal())) {
      return Unfit(
          fmt::format("basicAuth: {} is no bcrypt hash ($2a$..., alone and on one line), and a "
                      "password in clear is not taken; make one with caddy hash-password",
                      hash.name));
    }
    // Base64 is what Caddy needed before 2.7, and what later ones still take.
    rendered.push_back(
        {{"username", account.at("username")}, {"password", EncodeBase64(hash.text.Reveal())}});
  }
  return Json{{"handler", "authentication"},
              {"providers",
               {{"http_basic",
                 {{"accounts", std::move(rendered)},
                  {"hash", {{"algorithm", "bcrypt"}}},
                  {"hash_cache", Json::object()}}}}}};
}

Result<Json> CertificateFiles(const Json& files, const std::string& ns,
                              const std::vector<std::string>& hosts, const SecretValues& values) {
  MOORING_TRY(const Value certificate, Read(files.at("certificate"), ns, values));
  MOORING_TRY(const Value key, Read(files.at("key"), ns, values));
  switch (CheckPemPair(certificate.text.Reveal(), key.text.Reveal())) {
    case PemFault::kNone:
      break;
    case PemFault::kNoCertificate:
      return Unfit(
          fmt::format("tls.files.certificate: {} is no certificate in PEM; it needs the "
                      "Site's own first, and then its chain",
                      certificate.name));
    case PemFault::kNoKey:
      return Unfit(fmt::format(
          "tls.files.key: {} is no private key in PEM, or one with a passphrase", key.name));
    case PemFault::kOtherKey:
      return Unfit(
          fmt::format("tls.files.key: {} is not the private key of the first certificate "
                      "in {}",
                      key.name, certificate.name));
  }
  const std::vector<std::string> missing = HostsNotCovered(certificate.text.Reveal(), hosts);
  if (!missing.empty()) {
    return Unfit(fmt::format("tls.files.certificate: the certificate in {} is not for {}",
                             certificate.name, Join(missing, ", ")));
  }
  return Json{{"certificate", certificate.text.Reveal()}, {"key", key.text.Reveal()}};
}

}  // namespace mooring::caddy
