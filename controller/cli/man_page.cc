// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/man_page.h"

#include <algorithm>

#include "controller/base/text.h"

namespace mooring::cli {
namespace {

/// Text for roff: a backslash, a hyphen that is to be copied, and a dot that begins a line mean
/// something there.
std::string Roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool begins_line = out.empty() || out.back() == '\n';
    if (begins_line && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

std::string Sentence(std::string text) {
  if (text.empty()) return text;
  text.front() = static_cast<char>(::toupper(static_cast<unsigned char>(text.front())));
  if (text.back() != '.') text += '.';
  return text;
}

std::string OptionEntry(const OptionInfo& option) {
  std::string head;
  for (const std::string& name : option.names) {
    head += (head.empty() ? "\\fB" : ", \\fB") + Roff(name) + "\\fR";
  }
  if (!option.value.empty())
    head += (head.empty() ? "\\fI" : " \\fI") + Roff(option.value) + "\\fR";
  std::string text = Sentence(option.description);
  const std::string choices = Join(option.choices, ", ");
  // Many a description names them already.
  if (text.find(choices) == std::string::npos) text += " One of " + choices + ".";
  if (!option.default_value.empty()) text += " Default: " + option.default_value;
  return ".TP\n" + head + "\n" + Roff(text) + "\n";
}

std::string Options(const CommandInfo& command) {
  std::string out;
  for (const OptionInfo& option : command.options) {
    const auto is_help = [](const std::string& name) { return name == "--help"; };
    if (std::ranges::none_of(option.names, is_help)) out += OptionEntry(option);
  }
  return out;
}

/// Paragraphs as they are in the help; indented lines, which are examples, stay lines.
std::string Notes(const CommandInfo& command) {
  std::string out;
  bool in_example = false;
  for (const std::string& line : Split(command.notes, '\n')) {
    const bool example = line.starts_with("  ");
    if (example != in_example) out += example ? ".PP\n.nf\n.RS\n" : ".RE\n.fi\n.PP\n";
    in_example = example;
    out += line.empty() ? ".PP\n" : Roff(example ? line.substr(2) : line) + "\n";
  }
  if (in_example) out += ".RE\n.fi\n";
  return out.empty() ? out : ".PP\n" + out;
}

std::string Synopsis(const CommandInfo& command, const std::string& above) {
  std::string out = "\\fB" + Roff(above + command.name) + "\\fR";
  const bool has_options = std::ranges::any_of(
      command.options, [](const OptionInfo& o) { return !o.positional() && o.names[0] != "-h"; });
  if (has_options) out += " [\\fIoptions\\fR]";
  for (const OptionInfo& option : command.options) {
    if (option.positional()) out += " \\fI" + Roff(option.value) + "\\fR";
  }
  return out;
}

void AddCommands(const CommandInfo& parent, const std::string& above, std::string& out) {
  for (const CommandInfo& command : parent.subcommands) {
    if (command.subcommands.empty()) {
      out += ".SS " + Synopsis(command, above) + "\n" + Roff(Sentence(command.description)) + "\n" +
             Options(command) + Notes(command);
    } else {
      AddCommands(command, above + command.name + " ", out);
    }
  }
}

constexpr char kEnd[] = R"(.SH FILES
.TP
\fI/etc/mooring/mooring.yaml\fR
The daemon's configuration. Host-wide, and not in Git.
.TP
\fI/etc/mooring/keys/\fR
The host's key (seal), made on the first start: keep a copy. Deploy keys and tokens lie well here, too.
.TP
\fI/var/lib/mooring/\fR
What the daemon remembers. Losing it loses history only.
.TP
\fI/run/mooring/mooring.sock\fR
Where the daemon answers; the group mooring may ask.
.SH EXIT STATUS
0 done, 1 failed, 2 findings or changes where they were asked for, 64 wrong usage, 69 the daemon does not
answer, 75 try again later.
.SH SEE ALSO
\fI/usr/share/doc/mooring/\fR,
.BR systemctl (1),
.BR journalctl (1),
.BR docker (1),
.BR caddy (8)
)";

}  // namespace

std::string ManPage(const CommandInfo& root, const std::string& version) {
  std::string out = ".TH MOORING 1 \"\" \"mooring " + version + "\" \"User Commands\"\n";
  out += ".SH NAME\n" + root.name + " \\- " +
         Roff("keep a Docker host as its Git repository says") + "\n";
  out += ".SH SYNOPSIS\n\\fB" + root.name + "\\fR [\\fIoptions\\fR] \\fICOMMAND\\fR ...\n";
  out += ".SH DESCRIPTION\n" + Roff(Sentence(root.description)) + "\n";
  out +=
      "One daemon on the host reads YAML specs from a Git repository and reconciles Docker and "
      "Caddy "
      "with them.\nThe other commands show what it did and would do, and check specs.\n";
  out += ".SH OPTIONS\n" + Options(root) +
         ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nWhat a command takes; behind each of them.\n";
  out += ".SH COMMANDS\n";
  AddCommands(root, "", out);
  return out + kEnd;
}

}  // namespace mooring::cli
