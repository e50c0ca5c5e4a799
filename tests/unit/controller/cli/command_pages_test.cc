// SPDX-License-Identifier: Apache-2.0
// Completions and man page, from a made-up command tree and from the real command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/cli/completion.h"
#include "controller/cli/man_page.h"
#include "tests/support/temp_dir/temp_dir.h"
#include "tests/unit/controller/cli/run_mooring.h"

namespace mooring::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

CommandInfo Tree() {
  const OptionInfo output{.names = {"-o", "--output"},
                          .description = "it's [text]: or json",
                          .value = "TEXT",
                          .choices = {"text", "json"},
                          .default_value = "text"};
  const OptionInfo config{.names = {"--config"}, .description = "the file", .value = "FILE"};
  const OptionInfo path{.description = "a folder", .value = "PATH"};
  return {.name = "tool",
          .description = "does things",
          .options = {config},
          .subcommands = {{.name = "show",
                           .description = "show it",
                           .notes = "Details.\n\nExample:\n  tool show",
                           .options = {output, path}},
                          {.name = "key",
                           .description = "keys",
                           .subcommands = {{.name = "list", .description = "list -all- keys"}}}}};
}

TEST(CommandPages, BashOffersWhatFitsWhereTheCursorIs) {
  // Asks the completion as bash does: the words, and the last one to be completed.
  const std::string script = BashCompletion(Tree()) + R"(
ask() { COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=(); _tool; echo "${COMPREPLY[*]}"; }
ask tool ''
ask tool sh
ask tool show --output j
ask tool key ''
ask tool --config x show --o
)";
  const TempDir dir;
  dir.Write("ask.sh", script);
  EXPECT_EQ(RunShell("bash " + dir.File("ask.sh")).text,
            "show key --config\nshow\njson\nlist\n--output\n");
}

TEST(CommandPages, ZshAndFishNameEveryCommandAndQuote) {
  EXPECT_THAT(ZshCompletion(Tree()),
              AllOf(HasSubstr("#compdef tool\n"), HasSubstr("'show:show it'"),
                    HasSubstr("_tool_key_list()"), HasSubstr("it'\\''s \\[text\\]\\: or json"),
                    HasSubstr(":TEXT:(text json)")));
  EXPECT_THAT(FishCompletion(Tree()),
              AllOf(HasSubstr("-n 'not __fish_seen_subcommand_from show key' -a show"),
                    HasSubstr("-n '__fish_seen_subcommand_from key; and not "
                              "__fish_seen_subcommand_from list' -a list"),
                    HasSubstr("-d 'it\\'s [text]: or json'")));
}

TEST(CommandPages, TheManPageHasWhatTheHelpHas) {
  EXPECT_THAT(ManPage(Tree(), "1.2.3"),
              AllOf(HasSubstr(".TH MOORING 1 \"\" \"mooring 1.2.3\""),
                    HasSubstr(".SS \\fBshow\\fR [\\fIoptions\\fR] \\fIPATH\\fR\nShow it.\n"),
                    HasSubstr(".SS \\fBkey list\\fR\nList \\-all\\- keys.\n"),
                    HasSubstr("It's [text]: or json. One of text, json. Default: text\n"),
                    HasSubstr("Details.\n.PP\nExample:\n.PP\n.nf\n.RS\ntool show\n.RE\n.fi\n")));
}

TEST(CommandPages, TheRealOnesKnowTheRealCommands) {
  for (const char* page : {"completion bash", "completion zsh", "completion fish", "man"}) {
    const Answer ran = RunMooring(page);
    EXPECT_EQ(ran.exit_code, 0) << page;
    EXPECT_THAT(ran.text, AllOf(HasSubstr("validate"), HasSubstr("markdown"),
                                Not(HasSubstr("caddy-resume")), Not(HasSubstr("caddy\\-resume"))))
        << page;
  }
}

}  // namespace
}  // namespace mooring::cli
