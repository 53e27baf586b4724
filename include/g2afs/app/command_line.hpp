// SPDX-License-Identifier: MIT
// The command line, as SPEC.md ("Commands") gives it. Any thread; pure.
//
// A first word that is a command's name is the command: a CONFIG of that name is written ./cache.
//
// Called as mount.g2afs or mount.fuse.g2afs it is mount(8) that calls, with flags of its own: there `-f`
// means that nothing is to be mounted, not that g2afs stays in the foreground.
#pragma once

#include <filesystem>
#include <string>
#include <variant>

#include "g2afs/app/archive_command.hpp"
#include "g2afs/app/cache_command.hpp"
#include "g2afs/app/check_command.hpp"
#include "g2afs/app/login_command.hpp"
#include "g2afs/app/mount_options.hpp"
#include "g2afs/app/status_command.hpp"
#include "g2afs/app/wait_command.hpp"
#include "g2afs/base/error.hpp"

namespace g2afs {

struct MountCommand {
  std::string config;  // a path, or "-"
  std::filesystem::path mountpoint;
  MountOptions options;
  bool foreground = false;  // -f; -d implies it
  bool debug = false;       // -d, or -o debug
  bool fake = false;        // mount(8)'s -f: everything but the mount itself
};

struct HelpCommand {
  std::string text;  // for stdout, with its final newline; so below
};

struct VersionCommand {
  std::string text;
};

using Command = std::variant<MountCommand, LoginCommand, CheckCommand, StatusCommand, WaitCommand, ArchiveCommand,
                             CacheCommand, HelpCommand, VersionCommand>;

/// argc and argv as main() gets them, argv[0] included. Invalid, in one line, for what makes no sense.
Result<Command> parse_command_line(int argc, const char* const* argv);

}  // namespace g2afs
