// SPDX-License-Identifier: MIT
#include "g2afs/app/client_command_line.hpp"

#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "g2afs/app/one_line.hpp"
#include "g2afs/app/recording_attributes.hpp"

namespace g2afs {
namespace {

// Each fits a terminal of 24 lines and 80 columns.
constexpr const char* kWaitHelp =
    R"(Usage: g2afs wait [--state STATE] PATH...

Returns when recordings in a mount are in a state. PATH is a recording's
directory, a file of it, or a directory of dates: then every recording that is
under it now.

Options
  --state STATE     ready (default), transcoding or untranscoded; a recording
                    that has gone past the state counts as well

Exit status: 0 all are, 1 one vanished or could not be found, 2 usage, or PATH
is in no g2afs mount.
)";

constexpr const char* kArchiveHelp =
    R"(Usage: g2afs archive --verify COPYDIR [OPTION...] PATH...

Marks archived those recordings under PATH of which COPYDIR holds every file,
with the same size and content; says of each other one why it is not marked.
PATH is a directory in a mount, or a file of a recording.

Options
  --verify COPYDIR  the copy, as rsync -a or cp -a made it
  --size-only       trust files of the same size
  --dry-run         mark nothing
  --recheck         compare also what is archived already

A recording 2016/11/24/ID is looked for by its path in the mount, as
COPYDIR/2016/11/24/ID; else by its path from PATH's parent, as COPYDIR/24/ID for
the PATH MOUNT/2016/11/24; else by that from PATH, as COPYDIR/ID. Nowhere else.
Who changes the copy after it was compared is not noticed. Ctrl-C ends it; what
is marked stays marked.

Exit status: 0 all are archived, 1 something is not, 2 usage.
)";

constexpr const char* kStatusHelp =
    R"(Usage: g2afs status MOUNTPOINT [--json|--watch]

Tells what a running mount is doing, and ends within 5 seconds also where the
mount hangs.

Options
  --watch           again each second, in place, until Ctrl-C or the unmount:
                    with a bar for each file that is being read, how fast, how
                    long it takes, and how many requests feed it
  --json            the mount's own .g2afs/status.json

Exit status: 0 the mount answers, 1 it does not, or there is none, 2 usage.
)";

tl::unexpected<Error> wrong(std::string_view command, std::string_view why) {
  return fail(Errc::Invalid, fmt::format("{}: {} (see g2afs {} --help)", command, why, command));
}

std::string first_line(std::string_view what) { return one_line(what.substr(0, what.find('\n'))); }

/// All words that belong to no option. Not an option of CLI11's of its own, which would take `[a,b]` apart.
Result<std::vector<std::filesystem::path>> paths_of(const CLI::App& app, std::string_view command,
                                                    std::string_view name = "PATH") {
  std::vector<std::filesystem::path> paths;
  bool options = true;
  for (const std::string& word : app.remaining()) {
    if (options && word == "--") {
      options = false;
    } else if (options && word.size() > 1 && word.front() == '-') {
      return wrong(command, one_line(word) + ": unknown option");
    } else if (word.empty()) {
      return wrong(command, fmt::format("{} is empty", name));
    } else {
      paths.emplace_back(word);
    }
  }
  if (paths.empty()) return wrong(command, fmt::format("{} is needed", name));
  return paths;
}

Result<Command> parse_wait(CLI::App& app, int argc, const char* const* argv) {
  WaitCommand command;
  std::string state(to_string(command.state));
  app.add_option("--state", state)->allow_extra_args(false);
  app.parse(argc, argv);
  const auto known = parse_state(state);
  if (!known) {
    return wrong("wait", fmt::format("--state {}: must be ready, transcoding or untranscoded", one_line(state)));
  }
  command.state = *known;
  auto paths = paths_of(app, "wait");
  if (!paths) return fail(paths.error());
  command.paths = *std::move(paths);
  return command;
}

Result<Command> parse_archive(CLI::App& app, int argc, const char* const* argv) {
  ArchiveCommand command;
  app.add_option("--verify", command.copy)->allow_extra_args(false);
  app.add_flag("--size-only", command.size_only);
  app.add_flag("--dry-run", command.dry_run);
  app.add_flag("--recheck", command.recheck);
  app.parse(argc, argv);
  // There is no way to mark without a proof: who wants that writes the attribute.
  if (command.copy.empty()) return wrong("archive", "--verify COPYDIR is needed");
  auto paths = paths_of(app, "archive");
  if (!paths) return fail(paths.error());
  command.paths = *std::move(paths);
  return command;
}

Result<Command> parse_status(CLI::App& app, int argc, const char* const* argv) {
  StatusCommand command;
  app.add_flag("--json", command.json);
  app.add_flag("--watch", command.watch);
  app.parse(argc, argv);
  if (command.json && command.watch) return wrong("status", "one of --json and --watch");
  const auto paths = paths_of(app, "status", "MOUNTPOINT");
  if (!paths) return fail(paths.error());
  if (paths->size() > 1) return wrong("status", one_line((*paths)[1].native()) + ": one argument too many");
  command.mountpoint = paths->front();
  return command;
}

struct Client {
  const char* word;
  Result<Command> (*parse)(CLI::App& app, int argc, const char* const* argv);
  const char* help;
};
constexpr Client kClients[] = {
    {"wait", parse_wait, kWaitHelp}, {"archive", parse_archive, kArchiveHelp}, {"status", parse_status, kStatusHelp}};

}  // namespace

std::optional<Result<Command>> parse_client_command(int argc, const char* const* argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  for (const Client& client : kClients) {
    if (word != client.word) continue;
    CLI::App app;
    app.allow_extras();  // paths_of() takes them
    app.set_help_flag("-h,--help");
    try {
      return client.parse(app, argc - 1, argv + 1);
    } catch (const CLI::CallForHelp&) {
      return HelpCommand{client.help};
    } catch (const CLI::ParseError& error) {
      return wrong(word, first_line(error.what()));
    }
  }
  return std::nullopt;
}

}  // namespace g2afs
