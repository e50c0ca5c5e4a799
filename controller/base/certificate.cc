// SPDX-License-Identifier: Apache-2.0
#include "controller/base/certificate.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "controller/base/deleter.h"
#include "controller/base/text.h"

namespace mooring {
namespace {

using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;

Time ToTime(const ASN1_TIME* time) {
  std::tm parts = {};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return Time(std::chrono::seconds(::timegm(&parts)));
}

std::string Issuer(const X509* certificate) {
  std::string text(256, '\0');
  const int size = X509_NAME_get_text_by_NID(X509_get_issuer_name(certificate), NID_commonName,
                                             text.data(), static_cast<int>(text.size()));
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text.empty() ? "an authority without a name" : text;
}

std::string DnsNames(const X509* certificate) {
  const NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> texts;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    texts.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                       static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return texts.empty() ? "no name at all" : Join(texts, ", ");
}

/// OpenSSL would ask the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

BioPtr Reading(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

CertificatePtr FirstCertificate(std::string_view pem) {
  CertificatePtr certificate(PEM_read_bio_X509(Reading(pem).get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();  // what else uses OpenSSL on this thread must not find it
  return certificate;
}

KeyPtr PrivateKey(std::string_view pem) {
  KeyPtr key(PEM_read_bio_PrivateKey(Reading(pem).get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  return key;
}

}  // namespace

std::string CertificateProblem(std::string_view der, const std::string& host, Time now) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const CertificatePtr certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  if (!certificate) return "its certificate cannot be read";
  const Time begin = ToTime(X509_get0_notBefore(certificate.get()));
  const Time end = ToTime(X509_get0_notAfter(certificate.get()));
  if (now > end) {
    return fmt::format(
        "its certificate expired at {}; have it renewed, or correct the clock of "
        "this host",
        FormatTime(end));
  }
  if (now < begin) {
    return fmt::format("its certificate is valid from {} only; correct the clock of this host",
                       FormatTime(begin));
  }
  if (X509_check_host(certificate.get(), host.data(), host.size(), 0, nullptr) != 1) {
    return fmt::format(
        "its certificate is for {}, not for {}; write a name that it has into the "
        "URL",
        DnsNames(certificate.get()), host);
  }
  return fmt::format(
      "its certificate is by {}, which this host does not trust; put the "
      "authority's certificate into /usr/local/share/ca-certificates and run "
      "update-ca-certificates, or name a bundle in SSL_CERT_FILE",
      Issuer(certificate.get()));
}

PemFault CheckPemPair(std::string_view certificate, std::string_view key) {
  const CertificatePtr first = FirstCertificate(certificate);
  if (!first) return PemFault::kNoCertificate;
  const KeyPtr own = PrivateKey(key);
  if (!own) return PemFault::kNoKey;
  const bool fits = X509_check_private_key(first.get(), own.get()) == 1;
  ERR_clear_error();
  return fits ? PemFault::kNone : PemFault::kOtherKey;
}

std::vector<std::string> HostsNotCovered(std::string_view certificate,
                                         const std::vector<std::string>& hosts) {
  const CertificatePtr first = FirstCertificate(certificate);
  std::vector<std::string> missing;
  for (const std::string& host : hosts) {
    // Any label stands for a wildcard: OpenSSL takes names alone.
    const std::string name = host.starts_with("*.") ? "any" + host.substr(1) : host;
    if (!first || X509_check_host(first.get(), name.data(), name.size(), 0, nullptr) != 1)
      missing.push_back(host);
  }
  return missing;
}

}  // namespace mooring
