// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/tokens_command.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "controller/base/text.h"
#include "controller/cli/exit_codes.h"
#include "controller/tokens/token_file.h"

namespace mooring::cli {
namespace {

using tokens::Token;
using tokens::TokenFile;

struct CreateOptions {
  std::string name;
  std::string role = "read";
  std::string expires;
  std::string output = "text";
};

TokenFile FileOf(Session& session) {
  return TokenFile(tokens::TokenFileBeside(session.config().seal_key_file), session.clock());
}

Json ToJson(const Token& token) {
  return {{"id", token.id},
          {"name", token.name},
          {"role", RoleName(token.role)},
          {"created", FormatTime(token.created)},
          {"expires", token.expires ? Json(FormatTime(*token.expires)) : Json(nullptr)},
          {"lastFour", token.last_four}};
}

Result<tokens::TokenRequest> Read(const CreateOptions& options) {
  tokens::TokenRequest request{.name = options.name, .role = *ParseRole(options.role)};
  if (options.expires.empty()) return request;
  request.lifetime = ParseDuration(options.expires);
  if (request.lifetime && request.lifetime->count() > 0) return request;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("--expires \"{}\" is not a duration; write 90d or 12h", options.expires));
}

int Create(Session& session, const CreateOptions& options) {
  const auto request = Read(options);
  if (!request) return Report(request.error());
  const auto made = FileOf(session).Create(*request);
  if (!made) return Report(made.error().WithContext("create the token " + options.name));
  if (options.output == "json") {
    Json document = ToJson(made->token);
    document["token"] = made->text.Reveal();  // the one time that it is shown
    std::cout << document.dump(2) << "\n";
    return exit_code::kDone;
  }
  std::cout << made->text.Reveal() << "\n";
  std::cerr << fmt::format("This is the only time that it is shown. {} may {}{}.\n",
                           made->token.name, RoleName(made->token.role),
                           made->token.expires ? " until " + FormatTime(*made->token.expires) : "");
  return exit_code::kDone;
}

int List(Session& session, const std::string& output) {
  const auto all = FileOf(session).List();
  if (!all) return Report(all.error());
  if (output == "json") {
    Json list = Json::array();
    for (const Token& token : *all) list.push_back(ToJson(token));
    std::cout << list.dump(2) << "\n";
    return exit_code::kDone;
  }
  const Time now = session.clock().Now();
  std::string text = fmt::format("{:<10}{:<24}{:<9}{:<7}{:<22}{}\n", "ID", "NAME", "ROLE", "LAST4",
                                 "CREATED", "EXPIRES");
  for (const Token& token : *all) {
    const std::string expires = token.expires ? FormatTime(*token.expires) : "never";
    text += fmt::format("{:<10}{:<24}{:<9}{:<7}{:<22}{}{}\n", token.id, token.name,
                        RoleName(token.role), token.last_four, FormatTime(token.created), expires,
                        token.ExpiredAt(now) ? " (expired)" : "");
  }
  std::cout << text;
  return exit_code::kDone;
}

int Revoke(Session& session, const std::string& id) {
  const auto revoked = FileOf(session).Revoke(id);
  if (!revoked) return Report(revoked.error());
  std::cout << fmt::format("revoked {} ({})\n", revoked->name, revoked->id);
  return exit_code::kDone;
}

CLI::Option* AddOutput(CLI::App* command, std::string& output) {
  return command->add_option("-o,--output", output, "How it is printed: text, json")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("FORM");
}

RunCommand Define(CLI::App& app) {
  app.require_subcommand(1);
  const auto options = std::make_shared<CreateOptions>();
  const auto id = std::make_shared<std::string>();
  auto* create = app.add_subcommand("create", "Make one, and print it: the only time it is shown");
  create->add_option("NAME", options->name, "Whose it is, for example: grafana")->required();
  create->add_option("--role", options->role, "What it may do: read, operate or admin")
      ->check(CLI::IsMember({"read", "operate", "admin"}))
      ->option_text("ROLE [read]");
  create->add_option("--expires", options->expires, "When it ends, for example: 90d")
      ->option_text("DURATION [never]");
  AddOutput(create, options->output);
  auto* list = app.add_subcommand("list", "Show which there are");
  AddOutput(list, options->output);
  auto* revoke = app.add_subcommand("revoke", "End one at once, open streams included");
  revoke->add_option("ID", *id, "Its id or name, as list shows it")->required();
  return [=](Session& session) {
    if (create->parsed()) return Create(session, *options);
    return list->parsed() ? List(session, options->output) : Revoke(session, *id);
  };
}

}  // namespace

Command TokensCommand() {
  return {.name = "tokens",
          .group = "This host",
          .summary = "Make, list and revoke the tokens of the daemon's API",
          .details =
              "Works with the daemon running or not, for whoever may write its key's folder. "
              "The daemon sees a change at once.",
          .example =
              "mooring tokens create grafana --role read --expires 90d\n"
              "mooring tokens list\n"
              "mooring tokens revoke 1f2e3d4c",
          .define = Define};
}

}  // namespace mooring::cli
