// SPDX-License-Identifier: Apache-2.0
#include "tests/support/certificate/test_certificate.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "controller/base/text.h"
#include "controller/process/child.h"
#include "tests/support/temp_dir/temp_dir.h"

namespace mooring::test {
namespace {

std::string OpenSsl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"env", "openssl"});
  const auto outcome = process::RunChild({.program = "/usr/bin/env",
                                          .arguments = arguments,
                                          .environment = process::PassOn({"PATH", "HOME"}),
                                          .total = std::chrono::seconds(60)},
                                         {});
  if (outcome && *outcome && (*outcome)->exit_code == 0) return (*outcome)->output;
  std::fprintf(stderr, "openssl failed: %s\n",
               outcome && *outcome ? (*outcome)->errors.c_str() : "cut or not started");
  std::abort();
}

std::string ReadAll(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TestCertificate MakeCertificate(const std::vector<std::string>& hosts) {
  const TempDir dir;
  OpenSsl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
           "-keyout", dir.File("key.pem"), "-out", dir.File("crt.pem"), "-days", "2", "-subj",
           "/O=Mooring Test", "-addext", "subjectAltName=DNS:" + Join(hosts, ",DNS:")});
  return {ReadAll(dir.File("crt.pem")), ReadAll(dir.File("key.pem"))};
}

std::string MakeLockedKey() {
  return OpenSsl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes256",
                  "-pass", "pass:passphrase"});
}

}  // namespace mooring::test
