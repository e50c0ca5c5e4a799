// SPDX-License-Identifier: Apache-2.0
// Rows of cells as aligned columns. What is in a cell is made safe for a terminal: one line, no
// control characters. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/terminal.h"

namespace mooring::cli {

struct Cell {
  Cell(std::string words) : text(std::move(words)) {}  // NOLINT(google-explicit-constructor)
  Cell(const char* words) : text(words) {}             // NOLINT(google-explicit-constructor)
  Cell(std::string words, Style look) : text(std::move(words)), style(look) {}

  std::string text;
  Style style = Style::kPlain;
};
using Row = std::vector<Cell>;

struct TableOptions {
  size_t width = 0;  ///< of the terminal; the widest column is cut until all fit; 0: no limit
  bool color = false;
};

/// A table that is printed as its rows come: columns only ever grow.
class GrowingTable {
 public:
  explicit GrowingTable(const TableOptions& options = {}) : options_(options) {}
  /// The rows as text. Columns are padded to their widest cell so far, two spaces between, no
  /// trailing blanks.
  std::string Add(std::vector<Row> rows);

 private:
  std::vector<size_t> FittingWidths() const;

  TableOptions options_;
  std::vector<size_t> widths_;
};

std::string Table(std::vector<Row> rows, const TableOptions& options = {});

}  // namespace mooring::cli
