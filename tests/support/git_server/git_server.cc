// SPDX-License-Identifier: Apache-2.0
#include "tests/support/git_server/git_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "controller/process/child.h"

namespace mooring::test {
namespace {

using namespace std::chrono_literals;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

bool Answers(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  const bool yes = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return yes;
}

/// Runs in the foreground for as long as the thread does.
std::jthread Serve(std::vector<std::string> arguments, int port) {
  std::jthread runs([arguments = std::move(arguments)](const std::stop_token& stop) {
    const auto ended = process::RunChild({.program = arguments.front(),
                                          .arguments = arguments,
                                          .environment = process::PassOn({"PATH", "HOME"})},
                                         stop);
    if (!stop.stop_requested()) {
      std::fprintf(stderr, "%s ended: %s\n", arguments.front().c_str(),
                   ended && *ended ? (*ended)->errors.c_str() : "not started");
    }
  });
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!Answers(port)) {
    if (std::chrono::steady_clock::now() > deadline) std::abort();
    std::this_thread::sleep_for(10ms);  // another process tells nothing
  }
  return runs;
}

std::string UserName() {
  const passwd* user = getpwuid(getuid());
  return user != nullptr ? user->pw_name : "root";
}

}  // namespace

int UnusedPort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) std::abort();
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

std::string MustRun(const std::vector<std::string>& arguments) {
  process::Command command{.program = "/usr/bin/env",
                           .arguments = {"env"},
                           .environment = process::PassOn({"PATH", "HOME"}),
                           .total = 60s};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  const auto outcome = process::RunChild(command, {});
  if (outcome && *outcome && (*outcome)->exit_code == 0) return (*outcome)->output;
  std::fprintf(stderr, "%s failed: %s\n", arguments.front().c_str(),
               outcome && *outcome ? (*outcome)->errors.c_str() : "cut or not started");
  std::abort();
}

// --- OpenSSH ---

SshServer::SshServer() : port_(UnusedPort()) {
  if (getuid() == 0) std::filesystem::create_directories("/run/sshd");  // it insists
  std::string config = fmt::format(
      "Port {}\nListenAddress 127.0.0.1\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n"
      "UsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
      "MaxStartups 100\n",
      port_, dir_.File("authorized_keys"));
  for (const char* type : {"ed25519", "ecdsa", "rsa"}) {
    MakeKey(fmt::format("host_{}", type), false, type);
    config += fmt::format("HostKey {}\n", dir_.File(fmt::format("host_{}", type)));
  }
  dir_.Write("sshd_config", config);
  dir_.Write("authorized_keys", "");
  runs_ = Serve({"/usr/sbin/sshd", "-D", "-e", "-f", dir_.File("sshd_config")}, port_);
}

SshServer::~SshServer() = default;

std::string SshServer::Url(const std::string& path) const {
  return fmt::format("ssh://{}@127.0.0.1:{}{}", UserName(), port_, path);
}

std::string SshServer::MakeKey(const std::string& name, bool authorized, const std::string& type,
                               const std::string& passphrase) {
  const std::string file = dir_.File(name);
  std::vector<std::string> make = {"ssh-keygen", "-q", "-t", type, "-N", passphrase, "-f", file};
  if (type == "rsa") make.insert(make.end(), {"-b", "2048"});
  MustRun(make);
  if (authorized)
    MustRun({"sh", "-c", "cat \"$0.pub\" >> \"$1\"", file, dir_.File("authorized_keys")});
  return file;
}

std::string SshServer::KnownHosts(const std::string& type, const std::string& other_key) {
  std::string lines = "# a comment\n\n";
  for (const char* each : {"rsa", "ecdsa", "ed25519"}) {
    if (!type.empty() && type != each) continue;
    const std::string key = other_key.empty() ? dir_.File(fmt::format("host_{}", each)) : other_key;
    lines += fmt::format("[127.0.0.1]:{} {}", port_, MustRun({"cat", key + ".pub"}));
  }
  const std::string name = fmt::format("known_{}_{}", type, other_key.empty() ? "own" : "other");
  dir_.Write(name, lines);
  return dir_.File(name);
}

// --- lighttpd ---

void WebGitServer::MakeCertificate(const std::string& name, const std::string& host,
                                   const std::string& days) {
  const std::string base = dir_.File(name);
  dir_.Write(name + ".ext", "subjectAltName=DNS:" + host + "\n");
  MustRun({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
           "-keyout", base + ".key", "-out", base + ".csr", "-subj", "/CN=" + host});
  MustRun({"openssl", "x509", "-req", "-in", base + ".csr", "-CA", dir_.File("ca.pem"), "-CAkey",
           dir_.File("ca.key"), "-CAcreateserial", "-days", days, "-out", base + ".crt", "-extfile",
           base + ".ext"});
  MustRun({"sh", "-c", "cat \"$0.key\" \"$0.crt\" > \"$0.pem\"", base});
}

WebGitServer::WebGitServer()
    : port_(UnusedPort()),
      tls_port_(UnusedPort()),
      expired_port_(UnusedPort()),
      foreign_port_(UnusedPort()) {
  MustRun({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
           "-nodes", "-keyout", dir_.File("ca.key"), "-out", dir_.File("ca.pem"), "-days", "2",
           "-subj", "/CN=Mooring Test CA"});
  MakeCertificate("good", "localhost", "2");
  MakeCertificate("expired", "localhost", "-1");
  MakeCertificate("foreign", "other.example", "2");
  dir_.Write("users", fmt::format("git:{}\n", kToken));
  const auto tls = [&](int port, const std::string& name) {
    return fmt::format(
        "$SERVER[\"socket\"] == \"127.0.0.1:{}\" {{ ssl.engine = \"enable\" ssl.pemfile = \"{}\" "
        "}}\n",
        port, dir_.File(name + ".pem"));
  };
  dir_.Write("lighttpd.conf",
             fmt::format(R"(server.modules = ("mod_auth", "mod_authn_file", "mod_cgi", "mod_alias",
  "mod_setenv", "mod_openssl")
server.document-root = "{0}"
server.bind = "127.0.0.1"
server.port = {1}
server.upload-dirs = ("{0}")
auth.backend = "plain"
auth.backend.plain.userfile = "{0}/users"
alias.url = ("/git" => "/usr/lib/git-core/git-http-backend",
  "/private" => "/usr/lib/git-core/git-http-backend")
setenv.add-environment = ("GIT_PROJECT_ROOT" => "/", "GIT_HTTP_EXPORT_ALL" => "1")
cgi.assign = ("" => "")
$HTTP["url"] =~ "^/private" {{
  auth.require = ("" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
}}
)",
                         dir_.path(), port_) +
                 tls(tls_port_, "good") + tls(expired_port_, "expired") +
                 tls(foreign_port_, "foreign"));
  runs_ = Serve({"/usr/sbin/lighttpd", "-D", "-f", dir_.File("lighttpd.conf")}, port_);
}

WebGitServer::~WebGitServer() = default;

std::string WebGitServer::Url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}/git{}", port_, path);
}
std::string WebGitServer::TokenUrl(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}/private{}", port_, path);
}
std::string WebGitServer::TlsUrl(const std::string& path) const {
  return fmt::format("https://localhost:{}/private{}", tls_port_, path);
}
std::string WebGitServer::ExpiredUrl(const std::string& path) const {
  return fmt::format("https://localhost:{}/git{}", expired_port_, path);
}
std::string WebGitServer::ForeignUrl(const std::string& path) const {
  return fmt::format("https://localhost:{}/git{}", foreign_port_, path);
}

std::string WebGitServer::WriteToken(const std::string& text) {
  const std::string file = "token-" + std::to_string(std::hash<std::string>()(text));
  dir_.Write(file, text + "\n");
  chmod(dir_.File(file).c_str(), 0600);
  return dir_.File(file);
}

}  // namespace mooring::test
