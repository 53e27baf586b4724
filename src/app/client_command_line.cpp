// SPDX-License-Identifier: MIT
#include "g2afs/app/client_command_line.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "command_words.hpp"

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

Result<Command> parse_wait(CLI::App& app, int argc, const char* const* argv) {
  WaitCommand command;
  std::string state(to_string(command.state));
  app.add_option("--state", state)->allow_extra_args(false);
  app.parse(argc, argv);
  const auto known = parse_state(state);
  if (!known) {
    return wrong_command("wait",
                         fmt::format("--state {}: must be ready, transcoding or untranscoded", one_line(state)));
  }
  command.state = *known;
  const auto paths = operands_of(app, "wait", "PATH");
  if (!paths) return fail(paths.error());
  command.paths.assign(paths->begin(), paths->end());
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
  if (command.copy.empty()) return wrong_command("archive", "--verify COPYDIR is needed");
  const auto paths = operands_of(app, "archive", "PATH");
  if (!paths) return fail(paths.error());
  command.paths.assign(paths->begin(), paths->end());
  return command;
}

Result<Command> parse_status(CLI::App& app, int argc, const char* const* argv) {
  StatusCommand command;
  app.add_flag("--json", command.json);
  app.add_flag("--watch", command.watch);
  app.parse(argc, argv);
  if (command.json && command.watch) return wrong_command("status", "one of --json and --watch");
  const auto mountpoint = operand_of(app, "status", "MOUNTPOINT");
  if (!mountpoint) return fail(mountpoint.error());
  command.mountpoint = *mountpoint;
  return command;
}

}  // namespace

std::optional<Result<Command>> parse_client_command(int argc, const char* const* argv) {
  const CommandWord words[] = {
      {"wait", parse_wait, kWaitHelp}, {"archive", parse_archive, kArchiveHelp}, {"status", parse_status, kStatusHelp}};
  return parse_by_word(words, argc, argv);
}

}  // namespace g2afs
