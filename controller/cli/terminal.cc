// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <iostream>

namespace mooring::cli {
namespace {

// Read once at start, before there is a second thread.
std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

size_t WidthOf(int fd) {
  size_t width = 0;
  const std::string_view columns = Variable("COLUMNS");
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  if (width > 0) return width;
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::string_view Code(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "1";
    case Style::kDim:
      return "2";
    case Style::kGood:
      return "32";
    case Style::kWarning:
      return "33";
    case Style::kBad:
      return "31";
  }
  return "";
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

Terminal Terminal::Detect(ColorMode mode) {
  Terminal terminal{.out = isatty(STDOUT_FILENO) == 1, .err = isatty(STDERR_FILENO) == 1};
  if (terminal.out) terminal.width = WidthOf(STDOUT_FILENO);
  const std::string_view term = Variable("TERM");
  const bool able = terminal.out && !term.empty() && term != "dumb";
  terminal.color = mode == ColorMode::kAlways ||
                   (mode == ColorMode::kAuto && able && Variable("NO_COLOR").empty());
  return terminal;
}

std::string Paint(std::string_view text, Style style, bool color) {
  if (!color || style == Style::kPlain || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", Code(style), text);
}

std::string PaintName(std::string_view text, size_t n, bool color) {
  static constexpr int kColors[] = {36, 33, 32, 35, 34, 96, 93, 92, 95, 94};
  if (!color) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", kColors[n % std::size(kColors)], text);
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (const char c : text) width += IsContinuation(c) ? 0 : 1;
  return width;
}

std::string Fit(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  size_t end = 0;
  for (size_t shown = 0; end < text.size(); ++end) {
    if (!IsContinuation(text[end]) && shown++ == width - 1) break;
  }
  return std::string(text.substr(0, end)) + "…";
}

void Progress::Say(const std::string& text) {
  if (!shown_) return;
  std::cerr << "\r\x1b[K" << (width_ > 1 ? Fit(text, width_ - 1) : text) << std::flush;
  dirty_ = true;
}

void Progress::Clear() {
  if (!dirty_) return;
  std::cerr << "\r\x1b[K" << std::flush;
  dirty_ = false;
}

}  // namespace mooring::cli
