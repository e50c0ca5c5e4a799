// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include "controller/base/cidr.h"
#include "controller/base/text.h"
#include "controller/manifest/format_checks.h"

namespace mooring::manifest {
namespace {

Answer CheckIp(std::string_view text) {
  char buffer[16];
  const std::string copy(text);
  if (inet_pton(AF_INET, copy.c_str(), buffer) == 1 ||
      inet_pton(AF_INET6, copy.c_str(), buffer) == 1) {
    return std::nullopt;
  }
  return No(text, "an IP address", "write one such as 127.0.0.1");
}

Answer CheckCidr(std::string_view text) {
  if (text.find('/') != std::string_view::npos && Cidr::Parse(text)) return std::nullopt;
  return No(text, "a subnet", "write one such as 172.30.0.0/24");
}

Answer CheckHostAlias(std::string_view text) {
  const auto in_name = [](char c) { return IsAlnum(c) || c == '_' || c == '.' || c == '-'; };
  if (!text.empty() && text.size() <= 253 && Consists(text, in_name)) return std::nullopt;
  return No(text, "a name in a network", "use letters, digits, _ . and -");
}

/// Labels with dots between them, in lower case.
bool IsHostName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (const std::string& label : Split(name, '.')) {
    if (!IsDnsLabel(label)) return false;
  }
  return true;
}

/// 0: the port is none.
int PortNumber(std::string_view text) {
  const bool digits = !text.empty() && text.size() <= 5 && Consists(text, IsDigit);
  const int port = digits ? std::stoi(std::string(text)) : 0;
  return port <= 65535 ? port : 0;
}

Answer CheckHostPattern(std::string_view text) {
  constexpr std::string_view kWhat = "a host name";
  if (text == "*")
    return No(text, kWhat, "name the hosts; * stands for one label only, as in *.example.com");
  const std::string_view name = text.starts_with("*.") ? text.substr(2) : text;
  if (IsHostName(name)) return std::nullopt;
  std::string lower = Lower(text);
  if (const size_t scheme = lower.find("://"); scheme != std::string::npos) {
    lower = lower.substr(scheme + 3);
  }
  lower = lower.substr(0, lower.find_first_of(":/"));
  if (lower.ends_with('.')) lower.pop_back();
  const std::string_view rest = lower.starts_with("*.") ? std::string_view(lower).substr(2) : lower;
  if (lower != text && IsHostName(rest)) return No(text, kWhat, "write " + lower);
  return No(text, kWhat, "write one such as hello.example.com or *.example.com");
}

Answer CheckPathMatcher(std::string_view text) {
  const bool starts = text.starts_with('/') || text.starts_with('*');
  if (starts && text.find_first_of(" \t\n?#") == std::string_view::npos) return std::nullopt;
  return No(text, "a path",
            starts ? "leave out spaces, ? and #; only the path is matched"
                   : "start it with /, as in /api/*");
}

Answer CheckOutsideBackend(std::string_view text) {
  const size_t scheme = text.find("://");
  const std::string_view rest = text.substr(scheme + 3);
  if (!text.starts_with("http://") && !text.starts_with("https://")) {
    return No(text, "a backend", "an outside address starts with http:// or https://");
  }
  if (rest.find('@') != std::string_view::npos) {
    return Complaint{"names a user or a password", "leave them out"};
  }
  if (const size_t path = rest.find_first_of("/?#"); path != std::string_view::npos) {
    return No(text, "a backend: it has a path",
              fmt::format("write {}", text.substr(0, scheme + 3 + path)));
  }
  const size_t colon = rest.rfind(':');
  const bool ipv6 = rest.starts_with('[');
  const std::string_view port = colon == std::string_view::npos || (ipv6 && rest.ends_with(']'))
                                    ? "80"
                                    : rest.substr(colon + 1);
  const bool valid_port = PortNumber(port) != 0;
  const std::string_view host = ipv6 ? "ip" : rest.substr(0, colon);
  if (valid_port && (ipv6 || IsHostName(Lower(host)))) return std::nullopt;
  return No(text, "a backend", "write one such as https://partner.example.net");
}

Answer CheckBackend(std::string_view text) {
  if (text.find("://") != std::string_view::npos) return CheckOutsideBackend(text);
  const std::vector<std::string> parts = Split(text, '/');
  if (parts.size() == 4) {
    return No(text, "a backend",
              "only Apps of this namespace can be named in this release: app/service/port");
  }
  const std::string& port = parts.back();
  const bool valid_port = !port.empty() && port.size() <= 5 && Consists(port, IsDigit) &&
                          port[0] != '0' && std::stoi(port) <= 65535;
  if (parts.size() == 3 && IsDnsLabel(parts[0]) && IsServiceName(parts[1]) && valid_port) {
    return std::nullopt;
  }
  return No(text, "a backend", "write app/service/port, such as hello/web/8080");
}

Answer CheckEmail(std::string_view text) {
  const size_t at = text.find('@');
  const bool valid = at != std::string_view::npos && at > 0 &&
                     IsHostName(Lower(text.substr(at + 1))) &&
                     text.find_first_of(" \t\n") == std::string_view::npos;
  if (valid) return std::nullopt;
  return No(text, "an e-mail address", "write one such as ops@example.com");
}

Answer CheckHttpsUrl(std::string_view text) {
  if (text.starts_with("https://") && text.size() > 8 &&
      text.find_first_of(" \t\n") == std::string_view::npos) {
    return std::nullopt;
  }
  return No(text, "an address with https://", "write the whole address of the ACME directory");
}

/// Never repeats the text: a webhook's address may be a secret in itself.
Answer CheckHttpUrl(std::string_view text) {
  const size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  const std::string_view rest = text.substr(scheme);
  if (scheme == 0 || rest.empty() || rest.starts_with('/') ||
      text.find_first_of(" \t\n") != std::string_view::npos)
    return Complaint{"is not an address", "write one such as https://hooks.example.com/mooring"};
  if (rest.substr(0, rest.find('/')).find('@') != std::string_view::npos)
    return Complaint{"has a user or a password in it",
                     "leave them out; a secret address stands as {secretRef: {name, key}}"};
  return std::nullopt;
}

Answer CheckHeaderName(std::string_view text) {
  const auto in_token = [](char c) {
    return IsAlnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  if (!text.empty() && Consists(text, in_token)) return std::nullopt;
  return No(text, "a header name", "use letters, digits and -");
}

Answer CheckHeaderValue(std::string_view text) {
  if (text.find_first_of("\r\n") == std::string_view::npos) return std::nullopt;
  return Complaint{"has more than one line", "write it on one line"};
}

/// RFC 7617 ends it at a colon, and Caddy takes braces for placeholders.
Answer CheckBasicAuthName(std::string_view text) {
  const auto allowed = [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != 127 && c != ':' && c != '{' && c != '}';
  };
  if (!text.empty() && Consists(text, allowed)) return std::nullopt;
  return No(text, "a username", "write one without : and { and }, such as ops");
}

/// Never repeats the text: there may be a password in it.
Answer CheckGitUrl(std::string_view text) {
  static constexpr std::string_view kSchemes[] = {"https", "http", "ssh", "file"};
  if (text.empty()) return Complaint{"is empty", "write the address of a Git repository"};
  const size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;  // a path, or user@host:path
  const std::string_view name = text.substr(0, scheme);
  if (std::find(std::begin(kSchemes), std::end(kSchemes), name) == std::end(kSchemes)) {
    return Complaint{"is not an address of a Git repository",
                     "write https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH, file:///PATH "
                     "or a path"};
  }
  const std::string_view rest = text.substr(scheme + 3);
  const std::string_view server = rest.substr(0, rest.find('/'));
  const std::string_view user = server.substr(0, server.rfind('@'));
  if (name == "file" || user == server || user.find(':') == std::string_view::npos) {
    return std::nullopt;
  }
  return Complaint{"has a password in it",
                   "take it out, write it into a file with mode 0600, and name that file in "
                   "auth.tokenFile"};
}

Answer CheckHostPort(std::string_view text) {
  const size_t dash = text.find('-');
  const int first = PortNumber(text.substr(0, dash));
  const int last = dash == std::string_view::npos ? first : PortNumber(text.substr(dash + 1));
  if (first != 0 && last >= first) return std::nullopt;
  return No(text, "a port", "write a number from 1 to 65535, or a range such as 8000-8009");
}

constexpr Format kFormats[] = {
    {"ip", CheckIp},
    {"cidr", CheckCidr},
    {"host-alias", CheckHostAlias},
    {"host-port", CheckHostPort},
    {"host-pattern", CheckHostPattern},
    {"path-matcher", CheckPathMatcher},
    {"backend", CheckBackend},
    {"email", CheckEmail},
    {"https-url", CheckHttpsUrl},
    {"http-url", CheckHttpUrl},
    {"git-url", CheckGitUrl},
    {"header-name", CheckHeaderName},
    {"header-value", CheckHeaderValue},
    {"basic-auth-name", CheckBasicAuthName},
};

}  // namespace

std::span<const Format> NetworkFormats() { return kFormats; }

}  // namespace mooring::manifest
