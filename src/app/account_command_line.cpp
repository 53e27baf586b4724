// SPDX-License-Identifier: MIT
#include "g2afs/app/account_command_line.hpp"

#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

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

tl::unexpected<Error> wrong(std::string_view command, std::string_view why) {
  return fail(Errc::Invalid, fmt::format("{}: {} (see g2afs {} --help)", command, why, command));
}

/// The one word that belongs to no option. Not an option of CLI11's of its own, which would take `[a]` apart.
Result<std::string> config_of(const CLI::App& app, std::string_view command) {
  std::optional<std::string> config;
  bool options = true;
  for (const std::string& word : app.remaining()) {
    if (options && word == "--") {
      options = false;
    } else if (options && word.size() > 1 && word.front() == '-') {
      return wrong(command, one_line(word) + ": unknown option");
    } else if (config) {
      return wrong(command, one_line(word) + ": one argument too many");
    } else {
      config = word;
    }
  }
  if (!config || config->empty()) return wrong(command, "CONFIG is needed");
  return *std::move(config);
}

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
  if (!number) return wrong("login", fmt::format("--port {}: {}", one_line(port), number.error().what));
  auto config = config_of(app, "login");
  if (!config) return fail(config.error());
  auto parsed = parse_mount_options(options);
  if (!parsed) return wrong("login", parsed.error().what);
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
  auto config = config_of(app, "check");
  if (!config) return fail(config.error());
  auto parsed = parse_mount_options(options);
  if (!parsed) return wrong("check", parsed.error().what);
  command.config = *std::move(config);
  command.options = *std::move(parsed);
  return command;
}

}  // namespace

std::optional<Result<Command>> parse_account_command(int argc, const char* const* argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word != "login" && word != "check") return std::nullopt;
  const bool logs_in = word == "login";
  CLI::App app;
  app.allow_extras();  // config_of() takes it
  app.set_help_flag("-h,--help");
  try {
    return logs_in ? parse_login(app, argc - 1, argv + 1) : parse_check(app, argc - 1, argv + 1);
  } catch (const CLI::CallForHelp&) {
    return HelpCommand{logs_in ? fmt::format(kLoginHelp, kLoginPort) : kCheckHelp};
  } catch (const CLI::ParseError& error) {
    const std::string_view what = error.what();
    return wrong(word, one_line(what.substr(0, what.find('\n'))));
  }
}

}  // namespace g2afs
