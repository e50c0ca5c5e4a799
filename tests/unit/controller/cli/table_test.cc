// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/table.h"

#include <gtest/gtest.h>

namespace mooring::cli {
namespace {

TEST(Table, AlignsColumnsByCharacters) {
  EXPECT_EQ(Table({{"NAME", "STATUS"}, {"café", "ok"}, {"tea", ""}}),
            "NAME  STATUS\ncafé  ok\ntea\n");
}

TEST(Table, CutsTheWidestColumnUntilItFits) {
  EXPECT_EQ(
      Table({{"shop", "a message that is longer than the terminal is wide", "41d"}}, {.width = 30}),
      "shop  a message that is …  41d\n");
  // Not below what can be read.
  EXPECT_EQ(Table({{"a message that is long", "x"}}, {.width = 3}), "a message t…  x\n");
}

TEST(Table, ColoursDoNotCountAsWidth) {
  EXPECT_EQ(Table({{{"True", Style::kGood}, "x"}, {{"False", Style::kBad}, "y"}}, {.color = true}),
            "\x1b[32mTrue\x1b[0m   x\n\x1b[31mFalse\x1b[0m  y\n");
}

TEST(Table, NoCellMovesTheCursor) { EXPECT_EQ(Table({{"a\nb\x1b[2J"}}), "a b\\x1b[2J\n"); }

TEST(Terminal, FitCutsBetweenCharacters) {
  EXPECT_EQ(Fit("grün und blau", 4), "grü…");
  EXPECT_EQ(Fit("grün", 4), "grün");
  EXPECT_EQ(Fit("grün", 0), "");
}

}  // namespace
}  // namespace mooring::cli
