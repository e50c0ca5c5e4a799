// SPDX-License-Identifier: Apache-2.0
// What stands at the other end of stdout and stderr, and text made for it. Values; pure but for
// Terminal::Detect and Progress.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mooring::cli {

enum class ColorMode { kAuto, kAlways, kNever };

enum class Style { kPlain, kBold, kDim, kGood, kWarning, kBad };

struct Terminal {
  bool out = false;    ///< stdout is a terminal
  bool err = false;    ///< stderr is one
  bool color = false;  ///< stdout gets colours
  size_t width = 0;    ///< columns of stdout; 0: no limit

  /// Reads the streams and TERM, NO_COLOR and COLUMNS. kAuto colours a terminal that can show it
  /// and whose owner did not set NO_COLOR.
  static Terminal Detect(ColorMode mode);
};

/// `text` between the escape codes of a style; unchanged without `color`.
std::string Paint(std::string_view text, Style style, bool color);
/// The n-th of a few colours that differ, for names; around again after the last.
std::string PaintName(std::string_view text, size_t n, bool color);

/// Characters, not bytes.
size_t DisplayWidth(std::string_view text);
/// At most `width` characters, the last of which is an ellipsis when something was cut.
std::string Fit(std::string_view text, size_t width);

/// One line on stderr that says what goes on, replaced by the next and wiped at the end; nothing
/// where stderr is no terminal. Not thread-safe.
class Progress {
 public:
  explicit Progress(const Terminal& terminal) : shown_(terminal.err), width_(terminal.width) {}
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Say(const std::string& text);
  void Clear();

 private:
  const bool shown_;
  const size_t width_;
  bool dirty_ = false;
};

}  // namespace mooring::cli
