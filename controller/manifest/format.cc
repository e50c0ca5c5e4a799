// SPDX-License-Identifier: Apache-2.0
#include "controller/manifest/format.h"

#include <algorithm>
#include <cctype>

#include "controller/base/text.h"
#include "controller/manifest/format_checks.h"

namespace mooring::manifest {
namespace {

/// A name made of [a-z0-9-] out of what was written: "My_App" -> "my-app".
std::string SuggestName(std::string_view text) {
  std::string name;
  for (const char c : Lower(text)) {
    if (IsLower(c) || IsDigit(c)) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name;
}

Answer CheckName(std::string_view text) {
  if (IsDnsLabel(text) && text.size() <= 53) return std::nullopt;
  std::string name = SuggestName(text);
  if (name.size() > 53 || name.empty()) name.clear();
  return No(text, "a name: use a-z, 0-9 and -, 1 to 53 characters, no - at the ends",
            name.empty() ? "choose another" : "write " + name);
}

Answer CheckDnsLabel(std::string_view text) {
  if (IsDnsLabel(text)) return std::nullopt;
  const std::string name = SuggestName(text);
  return No(text, "a DNS label: use a-z, 0-9 and -, 1 to 63 characters, no - at the ends",
            name.empty() || name.size() > 63 ? "choose another" : "write " + name);
}

bool InServiceName(char c) { return IsAlnum(c) || c == '_' || c == '-'; }

Answer CheckServiceName(std::string_view text) {
  if (IsServiceName(text)) return std::nullopt;
  std::string better(text);
  std::ranges::replace_if(better, [](char c) { return !InServiceName(c); }, '_');
  while (better.starts_with('-')) better.erase(0, 1);
  while (better.ends_with('-')) better.pop_back();
  return No(text,
            "a service name: use letters, digits, _ and -, 1 to 63 characters, no dots, no - at "
            "the ends",
            IsServiceName(better) ? "write " + better : "choose another");
}

Answer CheckDuration(std::string_view text) {
  if (ParseDuration(text)) return std::nullopt;
  const std::string better = SuggestDuration(text);
  return No(text, "a duration",
            "write " + (better.empty() ? "one such as 30s, 10m, 24h or 7d" : better));
}

Answer CheckPositiveDuration(std::string_view text) {
  if (Answer answer = CheckDuration(text)) return answer;
  if (ParseDuration(text)->count() > 0) return std::nullopt;
  return Complaint{"must be longer than zero", "write one such as 30s"};
}

Answer CheckFlushInterval(std::string_view text) {
  return text == "-1s" || text == "-1" ? std::nullopt : CheckDuration(text);
}

Answer CheckBytes(std::string_view text) {
  if (const auto bytes = ParseByteCount(text); bytes && *bytes > 0) return std::nullopt;
  return No(text, "a size", "write one such as 64m, 512M or 1g");
}

Answer CheckMemory(std::string_view text) {
  if (Answer answer = CheckBytes(text)) return answer;
  if (*ParseByteCount(text) >= 6 * 1024 * 1024) return std::nullopt;
  return Complaint{fmt::format("{} is less than the 6M that the engine asks for", Quoted(text)),
                   "write a unit, as in 256M"};
}

Answer CheckCpus(std::string_view text) {
  const size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view part = dot == std::string_view::npos ? "0" : text.substr(dot + 1);
  const bool number = !text.empty() && whole.size() <= 4 && part.size() <= 9 &&
                      Consists(whole, IsDigit) && Consists(part, IsDigit) &&
                      !(whole.empty() && part.empty());
  if (number && text.find_first_of("123456789") != std::string_view::npos) return std::nullopt;
  return No(text, "a number of cores above zero", "write one such as \"0.5\" or \"2\"");
}

Answer CheckImage(std::string_view text) {
  constexpr std::string_view kExample = "write one such as ghcr.io/example/hello:1.0.0";
  if (text.empty() || text.find_first_of(" \t\n\"'") != std::string_view::npos) {
    return No(text, "an image", std::string(kExample));
  }
  const size_t at = text.find('@');
  if (at != std::string_view::npos) {
    const std::string_view digest = text.substr(at + 1);
    const bool valid = digest.starts_with("sha256:") && digest.size() == 71 &&
                       digest.find_first_not_of("0123456789abcdef", 7) == std::string_view::npos;
    if (!valid) return No(text, "an image", "after @ comes sha256: and 64 hex digits");
    text = text.substr(0, at);
  }
  const size_t slash = text.rfind('/');
  const size_t colon = text.find(':', slash == std::string_view::npos ? 0 : slash);
  const std::string_view tag = colon == std::string_view::npos ? "x" : text.substr(colon + 1);
  const std::string_view name = text.substr(0, colon);
  const auto in_tag = [](char c) { return IsAlnum(c) || c == '_' || c == '.' || c == '-'; };
  if (tag.empty() || tag.size() > 128 || !Consists(tag, in_tag) || tag[0] == '.' || tag[0] == '-') {
    return No(text, "an image", "after the colon comes a tag: letters, digits, _ . and -");
  }
  const size_t first = name.find('/');
  const std::string_view host = first == std::string_view::npos ? "" : name.substr(0, first);
  const bool has_host = host.find_first_of(".:") != std::string_view::npos || host == "localhost";
  const std::string_view path = has_host ? name.substr(first + 1) : name;
  if (std::any_of(path.begin(), path.end(), IsUpper)) {
    return No(text, "an image: repository names are lower case",
              fmt::format("write {}{}{}", name.substr(0, name.size() - path.size()), Lower(path),
                          text.substr(name.size())));
  }
  for (const std::string& part : Split(path, '/')) {
    const auto in_part = [](char c) {
      return IsLower(c) || IsDigit(c) || c == '_' || c == '.' || c == '-';
    };
    if (part.empty() || !Consists(part, in_part) || !IsAlnum(part.front()) ||
        !IsAlnum(part.back())) {
      return No(text, "an image", std::string(kExample));
    }
  }
  return std::nullopt;
}

Answer CheckAbsolutePath(std::string_view text) {
  if (text.starts_with('/')) return std::nullopt;
  return No(text, "an absolute path", "start it with /");
}

Answer CheckTmpfs(std::string_view text) {
  const size_t colon = text.find(':');
  if (Answer answer = CheckAbsolutePath(text.substr(0, colon))) return answer;
  if (colon == std::string_view::npos) return std::nullopt;
  for (const std::string& option : Split(text.substr(colon + 1), ',')) {
    static constexpr std::string_view kFlags[] = {"rw",   "ro",     "exec", "noexec",
                                                  "suid", "nosuid", "dev",  "nodev"};
    if (std::find(std::begin(kFlags), std::end(kFlags), option) != std::end(kFlags)) continue;
    if (option.starts_with("size=") && ParseByteCount(option.substr(5))) continue;
    if (option.starts_with("mode=") || option.starts_with("uid=") || option.starts_with("gid=")) {
      continue;
    }
    return No(option, "an option of tmpfs", "use size=64m, mode=1777, uid=, gid=, ro or noexec");
  }
  return std::nullopt;
}

Answer CheckOctalMode(std::string_view text) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  if (text.size() >= 3 && text.size() <= 4 && Consists(text, octal)) return std::nullopt;
  return No(text, "an octal mode", "write one such as \"0700\", in quotes");
}

Answer CheckRestart(std::string_view text) {
  static constexpr std::string_view kWords[] = {"no", "always", "unless-stopped", "on-failure"};
  if (std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords)) {
    return std::nullopt;
  }
  const std::string_view times = text.starts_with("on-failure:") ? text.substr(11) : "";
  if (!times.empty() && times.size() <= 4 && Consists(times, IsDigit)) return std::nullopt;
  const std::string near = Nearest(text, {"no", "always", "unless-stopped", "on-failure"});
  return No(text, "a restart policy: no, always, unless-stopped, on-failure or on-failure:<times>",
            near.empty() ? "" : fmt::format("did you mean \"{}\"?", near));
}

Answer CheckSignal(std::string_view text) {
  static constexpr std::string_view kSignals[] = {"HUP",  "INT",   "QUIT", "KILL", "TERM",
                                                  "USR1", "USR2",  "ALRM", "PIPE", "CONT",
                                                  "STOP", "WINCH", "ABRT", "PWR"};
  const std::string_view name = text.starts_with("SIG") ? text.substr(3) : text;
  if (std::find(std::begin(kSignals), std::end(kSignals), name) != std::end(kSignals)) {
    return std::nullopt;
  }
  if (name.starts_with("RTMIN+") && name.size() <= 8 && Consists(name.substr(6), IsDigit)) {
    return std::nullopt;
  }
  if (!text.empty() && text.size() <= 2 && Consists(text, IsDigit)) return std::nullopt;
  return No(text, "a signal", "write one such as SIGTERM, SIGQUIT or SIGINT");
}

Answer CheckOnChange(std::string_view text) {
  if (text == "restart" || text == "ignore" ||
      (!text.empty() && !IsDigit(text.front()) && !CheckSignal(text)))
    return std::nullopt;
  return No(text, "restart, ignore or a signal", "write one such as restart, ignore or SIGHUP");
}

Answer CheckSha256(std::string_view text) {
  const auto hex = [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); };
  if (text.size() == 64 && Consists(text, hex)) return std::nullopt;
  return No(text, "a SHA-256", "write the 64 digits that sha256sum prints");
}

Answer CheckCapability(std::string_view text) {
  const auto in_name = [](char c) { return IsAlnum(c) || c == '_'; };
  if (!text.empty() && Consists(text, in_name)) return std::nullopt;
  return No(text, "a capability", "write ALL, or a name such as NET_RAW");
}

Answer CheckEnvironmentName(std::string_view text) {
  if (!text.empty() && text.find_first_of("= \t\n") == std::string_view::npos) return std::nullopt;
  return No(text, "a name of an environment variable", "use letters, digits and _");
}

Answer CheckContainerLabel(std::string_view text) {
  if (text.starts_with("mooring.dev/")) {
    static constexpr std::string_view kOurs[] = {"mooring.dev/reconcile", "mooring.dev/prune"};
    if (std::find(std::begin(kOurs), std::end(kOurs), text) == std::end(kOurs)) {
      return Complaint{fmt::format("{} is a label that Mooring sets itself", Quoted(text)),
                       "remove it, or use a prefix of your own"};
    }
    return Complaint{fmt::format("{} is a label that is not in this release", Quoted(text)),
                     text.ends_with("prune") ? "remove it; it is for volumes"
                                             : "remove it; spec.suspend freezes the whole App"};
  }
  if (!text.empty() && text.find_first_of("= \t\n") == std::string_view::npos) return std::nullopt;
  return No(text, "a label name", "leave out spaces and =");
}

/// One of ours has an effect on a volume: with it the volume stays whatever deletionPolicy says.
Answer CheckVolumeLabel(std::string_view text) {
  return text == "mooring.dev/prune" ? std::nullopt : CheckContainerLabel(text);
}

Answer CheckVolumeName(std::string_view text) {
  const auto in_name = [](char c) { return IsAlnum(c) || c == '_' || c == '.' || c == '-'; };
  if (!text.empty() && IsAlnum(text[0]) && text.size() <= 128 && Consists(text, in_name)) {
    return std::nullopt;
  }
  return No(text, "a volume name", "use letters, digits, _ . and -, a letter or digit first");
}

/// https://docs.docker.com/reference/compose-file/version-and-name/
Answer CheckComposeProject(std::string_view text) {
  const auto in_name = [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
  };
  if (!text.empty() && in_name(text[0]) && text[0] != '_' && text[0] != '-' &&
      Consists(text, in_name)) {
    return std::nullopt;
  }
  return No(text, "a name of a Compose project",
            "take it from: docker compose ls; it has a-z, 0-9, _ and -");
}

Answer CheckJsonPointer(std::string_view text) {
  if (!text.starts_with('/')) {
    return No(text, "a JSON pointer", "start it with /, as in /services/web/labels/team");
  }
  if (text.starts_with("/spec/")) {
    return No(text, "a JSON pointer into spec", fmt::format("write {}", text.substr(5)));
  }
  for (size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1)) {
    if (at + 1 >= text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) {
      return No(text, "a JSON pointer", "write ~0 for ~ and ~1 for /");
    }
  }
  return std::nullopt;
}

Answer CheckNotEmpty(std::string_view text) {
  if (!text.empty()) return std::nullopt;
  return Complaint{"is empty", "write a value"};
}

Answer CheckToken(std::string_view text, std::string_view act, std::string_view from) {
  const auto is_hex = [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); };
  if (text.starts_with(act) && text.size() == act.size() + 8 &&
      Consists(text.substr(act.size()), is_hex)) {
    return std::nullopt;
  }
  return No(text, fmt::format("a token: {} and 8 hex digits", act),
            fmt::format("take it from {}", from));
}

Answer CheckPruneToken(std::string_view text) {
  return CheckToken(text, "prune-", "the status of what is held, or from the plan");
}

Answer CheckDeleteToken(std::string_view text) {
  return CheckToken(text, "delete-", "the status of the App, or from the plan");
}

/// A key of a Secret, and a file's name.
Answer CheckSecretKey(std::string_view text) {
  const auto in_key = [](char c) { return IsAlnum(c) || c == '_' || c == '.' || c == '-'; };
  if (!text.empty() && text.size() <= 128 && IsAlnum(text[0]) && Consists(text, in_key))
    return std::nullopt;
  return No(text, "a key", "use letters, digits, _ . and -, a letter or digit first");
}

/// What a provider is asked for: it must not be taken for an option of its program.
Answer CheckProviderKey(std::string_view text) {
  const auto fine = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; };
  const bool starts =
      !text.empty() && (IsAlnum(text[0]) || text[0] == '/' || text[0] == '_' || text[0] == '.');
  if (starts && text.size() <= 512 && Consists(text, fine)) return std::nullopt;
  return No(text, "a name that a provider is asked for",
            "start it with a letter, a digit, / . or _, and write it on one line");
}

Answer CheckNumericId(std::string_view text) {
  if (!text.empty() && text.size() <= 9 && Consists(text, IsDigit)) return std::nullopt;
  return No(text, "the number of a user or group", "write one such as \"1000\"");
}

constexpr Format kFormats[] = {
    {"name", CheckName},
    {"dns-label", CheckDnsLabel},
    {"service-name", CheckServiceName},
    {"duration", CheckDuration},
    {"positive-duration", CheckPositiveDuration},
    {"flush-interval", CheckFlushInterval},
    {"bytes", CheckBytes},
    {"memory", CheckMemory},
    {"cpus", CheckCpus},
    {"image", CheckImage},
    {"absolute-path", CheckAbsolutePath},
    {"tmpfs", CheckTmpfs},
    {"octal-mode", CheckOctalMode},
    {"restart-policy", CheckRestart},
    {"signal", CheckSignal},
    {"on-change", CheckOnChange},
    {"sha256", CheckSha256},
    {"capability", CheckCapability},
    {"environment-name", CheckEnvironmentName},
    {"container-label", CheckContainerLabel},
    {"volume-label", CheckVolumeLabel},
    {"volume-name", CheckVolumeName},
    {"compose-project", CheckComposeProject},
    {"json-pointer", CheckJsonPointer},
    {"not-empty", CheckNotEmpty},
    {"prune-token", CheckPruneToken},
    {"delete-token", CheckDeleteToken},
    {"secret-key", CheckSecretKey},
    {"provider-key", CheckProviderKey},
    {"numeric-id", CheckNumericId},
};

}  // namespace

const Format* FindFormat(std::string_view name) {
  for (const std::span<const Format> formats :
       {std::span<const Format>(kFormats), NetworkFormats(), FleetFormats(), ScheduleFormats(),
        ContainerFormats()}) {
    for (const Format& format : formats) {
      if (format.name == name) return &format;
    }
  }
  return nullptr;
}

bool IsDnsLabel(std::string_view text) {
  const auto in_label = [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; };
  return !text.empty() && text.size() <= 63 && Consists(text, in_label) && text.front() != '-' &&
         text.back() != '-';
}

bool IsServiceName(std::string_view text) {
  return !text.empty() && text.size() <= 63 && Consists(text, InServiceName) &&
         text.front() != '-' && text.back() != '-';
}

std::string SuggestDuration(std::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > 6) return "";
  const long long number = std::stoll(std::string(text.substr(0, digits)));
  std::string unit = Lower(text.substr(digits));
  unit.erase(0, std::min(unit.find_first_not_of(' '), unit.size()));
  if (unit.empty() || unit.starts_with("sec")) return fmt::format("{}s", number);
  if (unit.starts_with("min")) return fmt::format("{}m", number);
  if (unit == "h" || unit.starts_with("hour")) return fmt::format("{}h", number);
  if (unit == "d" || unit.starts_with("day")) return fmt::format("{}d or {}h", number, number * 24);
  if (unit == "w" || unit.starts_with("week")) return fmt::format("{}d", number * 7);
  if (unit.starts_with("mil") || unit.starts_with("msec")) return fmt::format("{}ms", number);
  return "";
}

}  // namespace mooring::manifest
