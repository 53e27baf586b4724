// SPDX-License-Identifier: MIT
#include "g2afs/app/account_command_line.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "command_words.hpp"

#include "g2afs/app/config_values.hpp"
#include "g2afs/app/login.hpp"
#include "g2afs/app/one_line.hpp"

namespace g2afs {
namespace {

// Fits a terminal of 24 lines and 80 columns.
constexpr const char* kLoginHelp =
    R"(Usage: g2afs login [--no-browser] [--port N] [-o OPT[,OPT...]] CONFIG

Obtains OAuth tokens for the client_id and client_secret of CONFIG and stores
them in its token_file. Shows the page where to log in, in a browser where there
is a display, and waits for its answer. Where CONFIG names no account, it is
filled in, if the server tells it.

The client must have the redirect URI http://127.0.0.1:{}/ registered.

Options
  --port N          use http://127.0.0.1:N/ instead
  --no-browser      wait for no browser on this machine, but for a line: the URL
                    at which a browser anywhere ended, or the code in it
  -o OPT[,OPT...]   KEY=VALUE overrides that key of CONFIG

Exit status: 0 stored, 1 failed, 2 usage or config, 3 client, code or access
refused.
)";

constexpr const char* kCheckHelp =
    R"(Usage: g2afs check [--json] [-o OPT[,OPT...]] CONFIG

Tests what a mount of CONFIG with these options needs, a line each: the config
and who may read it, FUSE, the network to the API, the clock, credentials and
account, the list of recordings, the links and a few bytes of one of them, and
the directories for state and cache. Says why each that fails does, and what to
do where that is known; what depends on it is skipped. Mounts nothing and stores
nothing, but for a token that had to be refreshed.

Options
  --json            an array of {"step", "result", "why", "do"}
  -o OPT[,OPT...]   as for a mount

Each step takes as long as "timeout" at most (30 seconds by default).
Exit status: 0 all is well, 1 something failed, 2 usage or config, 3 credentials
refused.
)";

constexpr const char* kCacheHelp =
    R"(Usage: g2afs cache --list|--prune SIZE|--verify|--clear [-o OPT[,OPT...]] CONFIG

Looks after the cache_dir of CONFIG, also while it is mounted.

Options, one of which is needed
  --list            show the files that are there, the last used first
  --prune SIZE      remove those used least recently until SIZE is not exceeded
  --verify          read everything, and drop what is damaged
  --clear           remove all of it
And
  -o OPT[,OPT...]   KEY=VALUE overrides that key of CONFIG

Exit status: 0 done, 1 failed, 2 usage or config.
)";

Result<Command> parse_login(CLI::App& app, int argc, const char* const* argv) {
  LoginCommand command;
  bool no_browser = false;
  std::string port = std::to_string(kLoginPort);
  std::vector<std::string> options;
  app.add_flag("--no-browser", no_browser);
  app.add_option("--port", port)->allow_extra_args(false);
  app.add_option("-o", options)->allow_extra_args(false);
  app.parse(argc, argv);
  const auto number = parse_whole_between(port, 1, 65'535);
  if (!number) return wrong_command("login", fmt::format("--port {}: {}", one_line(port), number.error().what));
  auto config = operand_of(app, "login", "CONFIG");
  if (!config) return fail(config.error());
  auto parsed = parse_mount_options(options);
  if (!parsed) return wrong_command("login", parsed.error().what);
  command.config = *std::move(config);
  command.options = *std::move(parsed);
  command.browser = !no_browser;
  command.port = static_cast<std::uint16_t>(*number);
  return command;
}

Result<Command> parse_check(CLI::App& app, int argc, const char* const* argv) {
  CheckCommand command;
  std::vector<std::string> options;
  app.add_flag("--json", command.json);
  app.add_option("-o", options)->allow_extra_args(false);
  app.parse(argc, argv);
  auto config = operand_of(app, "check", "CONFIG");
  if (!config) return fail(config.error());
  auto parsed = parse_mount_options(options);
  if (!parsed) return wrong_command("check", parsed.error().what);
  command.config = *std::move(config);
  command.options = *std::move(parsed);
  return command;
}

Result<Command> parse_cache(CLI::App& app, int argc, const char* const* argv) {
  using What = CacheCommand::What;
  CacheCommand command;
  bool list = false, verify = false, clear = false;
  std::optional<std::string> prune;
  std::vector<std::string> options;
  app.add_flag("--list", list);
  app.add_flag("--verify", verify);
  app.add_flag("--clear", clear);
  app.add_option("--prune", prune)->allow_extra_args(false);
  app.add_option("-o", options)->allow_extra_args(false);
  app.parse(argc, argv);
  if (list + verify + clear + prune.has_value() != 1) {
    return wrong_command("cache", "one of --list, --prune SIZE, --verify and --clear is needed");
  }
  command.what = list ? What::List : verify ? What::Verify : clear ? What::Clear : What::Prune;
  if (prune) {
    const auto size = parse_size(*prune);
    if (!size) return wrong_command("cache", fmt::format("--prune {}: {}", one_line(*prune), size.error().what));
    command.size = *size;
  }
  auto config = operand_of(app, "cache", "CONFIG");
  if (!config) return fail(config.error());
  auto parsed = parse_mount_options(options);
  if (!parsed) return wrong_command("cache", parsed.error().what);
  command.config = *std::move(config);
  command.options = *std::move(parsed);
  return command;
}

}  // namespace

std::optional<Result<Command>> parse_account_command(int argc, const char* const* argv) {
  const CommandWord words[] = {{"login", parse_login, fmt::format(kLoginHelp, kLoginPort)},
                               {"check", parse_check, kCheckHelp},
                               {"cache", parse_cache, kCacheHelp}};
  return parse_by_word(words, argc, argv);
}

}  // namespace g2afs
