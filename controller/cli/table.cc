// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/table.h"

#include <algorithm>
#include <numeric>

#include "controller/plan/fields.h"

namespace mooring::cli {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kNarrowest = 12;  ///< a column is not cut below that

std::string Clean(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return OneLine(text);
}

}  // namespace

std::string GrowingTable::Add(std::vector<Row> rows) {
  for (Row& row : rows) {
    widths_.resize(std::max(widths_.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      row[i].text = Clean(std::move(row[i].text));
      widths_[i] = std::max(widths_[i], DisplayWidth(row[i].text));
    }
  }
  const std::vector<size_t> widths = FittingWidths();
  std::string out;
  for (const Row& row : rows) {
    size_t last = row.size();
    while (last > 0 && row[last - 1].text.empty()) --last;
    for (size_t i = 0; i < last; ++i) {
      const std::string text = Fit(row[i].text, widths[i]);
      out += Paint(text, row[i].style, options_.color);
      if (i + 1 < last) out.append(widths[i] - DisplayWidth(text) + kGap, ' ');
    }
    out += "\n";
  }
  return out;
}

std::vector<size_t> GrowingTable::FittingWidths() const {
  std::vector<size_t> widths = widths_;
  if (options_.width == 0 || widths.empty()) return widths;
  size_t total = std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
  while (total > options_.width) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrowest) break;
    const size_t cut = std::min(total - options_.width, *widest - kNarrowest);
    *widest -= cut;
    total -= cut;
  }
  return widths;
}

std::string Table(std::vector<Row> rows, const TableOptions& options) {
  return GrowingTable(options).Add(std::move(rows));
}

}  // namespace mooring::cli
