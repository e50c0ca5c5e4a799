// SPDX-License-Identifier: Apache-2.0
// How `mooring doctor` tells what it found: a line for each thing, and the sum. Used by one thread.
#pragma once

#include <iostream>
#include <string>

#include "controller/base/text.h"
#include "controller/cli/exit_codes.h"

namespace mooring::cli {

class Examination {
 public:
  void Good(const std::string& part, const std::string& text) { Print("ok", part, text); }
  void Bad(const std::string& part, const std::string& text) {
    Print("FAIL", part, text);
    ++failures_;
  }
  void Note(const std::string& part, const std::string& text) { Print("note", part, text); }
  /// Prints the sum; the exit code.
  int Conclude() const {
    std::cout << (failures_ == 0 ? "All good.\n" : Count(failures_, "thing") + " to mend.\n");
    return failures_ == 0 ? exit_code::kDone : exit_code::kFailed;
  }

 private:
  static void Print(const char* verdict, const std::string& part, const std::string& text) {
    std::cout << fmt::format("{:<5} {:<8} {}\n", verdict, part, text);
  }
  size_t failures_ = 0;
};

}  // namespace mooring::cli
