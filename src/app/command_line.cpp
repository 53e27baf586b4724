// SPDX-License-Identifier: MIT
#include "g2afs/app/command_line.hpp"

#include <span>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "g2afs/app/account_command_line.hpp"
#include "g2afs/app/client_command_line.hpp"
#include "g2afs/app/one_line.hpp"

namespace g2afs {
namespace {

constexpr const char* kVersion = "g2afs " G2AFS_VERSION "\n";

// Fits a terminal of 24 lines and 80 columns.
constexpr const char* kHelp =
    R"(Usage: g2afs [-f] [-d] [-o OPT[,OPT...]] CONFIG MOUNTPOINT
       g2afs login CONFIG [--no-browser] [--port N]   get tokens by OAuth
       g2afs check CONFIG [--json] [-o OPT...]        test without mounting
       g2afs status MOUNTPOINT [--json|--watch]       what a mount is doing
       g2afs wait [--state STATE] PATH...             until it is transcoded
       g2afs archive --verify COPYDIR [OPTION...] PATH...
       g2afs cache --list|--prune SIZE|--verify|--clear CONFIG
       g2afs --help | --version

Mounts the session recordings of a GoToAssist account as a file system. CONFIG
is a file, see man g2afs.json; "-" takes all from -o and the environment.
  -f                stay in the foreground and log to stderr
  -d                as -f, and log every request
  -o OPT[,OPT...]   KEY=VALUE overrides that key of CONFIG (secrets aside):
    account, tree   account_key, user_key, company_id, session_type, archived,
                    from_time, to_time, time_period, time_zone, uid, gid, umask
    network         api_url, proxy, ca_file, timeout, retry_for, dir_ttl...
    memory, disk    memory_limit, cache_dir, cache_size, state_dir, token_file
    log             log_level, log_file, log_format
    FUSE, mount(8)  allow_other, auto_unmount, ro, nodev, nosuid, noexec...
Each command has a --help of its own. "fusermount3 -u MOUNTPOINT" unmounts.
G2AFS_ACCESS_TOKEN in the environment may hold a token.
Exit status: 0 fine, 1 failed, 2 usage or config, 3 credentials refused.
)";

bool called_by_mount(std::string_view program) {
  const std::string_view name = program.substr(program.rfind('/') + 1);
  return name == "mount.g2afs" || name == "mount.fuse.g2afs";
}

tl::unexpected<Error> wrong(std::string_view why) {
  return fail(Errc::Invalid, fmt::format("command line: {} (see g2afs --help)", why));
}

/// What both ways to mount share, before and after parsing.
void define_shared_arguments(CLI::App& app, MountCommand& command, std::vector<std::string>& options) {
  app.add_option("-o", options)->allow_extra_args(false);
  app.add_option("CONFIG", command.config);
  app.add_option("MOUNTPOINT", command.mountpoint);
}

Result<Command> finish_mount(const CLI::App& app, MountCommand command, std::span<const std::string> options,
                             UnknownOptions unknown) {
  for (const std::string& extra : app.remaining()) {
    if (extra == "--") continue;  // CLI11 leaves it there
    return wrong(fmt::format("{}: unknown option or one argument too many", one_line(extra)));
  }
  if (command.config.empty() || command.mountpoint.empty()) return wrong("CONFIG and MOUNTPOINT are needed");
  auto parsed = parse_mount_options(options, unknown);
  if (!parsed) return fail(std::move(parsed).error());
  command.options = *std::move(parsed);
  command.debug = command.debug || command.options.debug;
  command.foreground = command.foreground || command.debug;
  return command;
}

/// g2afs [-f] [-d] [-o OPT[,OPT…]] CONFIG MOUNTPOINT
Result<Command> parse_mount(CLI::App& app, int argc, const char* const* argv) {
  MountCommand command;
  std::vector<std::string> options;
  app.add_flag("-f", command.foreground);
  app.add_flag("-d", command.debug);
  define_shared_arguments(app, command, options);
  app.parse(argc, argv);
  return finish_mount(app, std::move(command), options, UnknownOptions::Refuse);
}

/// mount.g2afs CONFIG MOUNTPOINT [-sfnvrw] [-o OPT[,OPT…]] [-t TYPE], as mount(8) says under "External helpers". Its -N
/// is refused: the daemon would have to find its files in one mount namespace and live in another.
Result<Command> parse_mount_helper(CLI::App& app, int argc, const char* const* argv) {
  MountCommand command;
  std::vector<std::string> options;
  bool sloppy = false, read_only = false, read_write = false, no_mtab = false, verbose = false;
  std::string type, other_namespace;
  app.add_flag("-s", sloppy);
  app.add_flag("-f", command.fake);
  app.add_flag("-r", read_only);
  app.add_flag("-w", read_write);
  app.add_option("-N", other_namespace);
  // Nothing follows from these: there is no mtab to write, no more to say, and the type is known.
  app.add_flag("-n", no_mtab);
  app.add_flag("-v", verbose);
  app.add_option("-t", type);
  define_shared_arguments(app, command, options);
  app.parse(argc, argv);
  if (!other_namespace.empty()) return wrong("-N: use nsenter(1) to mount in another namespace");
  // As the last option, since of `ro` and `rw` the later one counts.
  if (read_only || read_write) options.emplace_back(read_only ? "ro" : "rw");
  return finish_mount(app, std::move(command), options, sloppy ? UnknownOptions::Ignore : UnknownOptions::Refuse);
}

/// CLI11's words without the lines it may add.
std::string first_line(std::string_view what) { return one_line(what.substr(0, what.find('\n'))); }

}  // namespace

Result<Command> parse_command_line(int argc, const char* const* argv) {
  CLI::App app;
  app.allow_extras();  // finish_mount() names them
  app.set_help_flag("-h,--help");
  app.set_version_flag("-V,--version", kVersion);
  const bool helper = called_by_mount(argv[0]);
  if (!helper) {
    if (auto command = parse_account_command(argc, argv)) return *std::move(command);
    if (auto command = parse_client_command(argc, argv)) return *std::move(command);
  }
  try {
    return helper ? parse_mount_helper(app, argc, argv) : parse_mount(app, argc, argv);
  } catch (const CLI::CallForHelp&) {
    return HelpCommand{kHelp};
  } catch (const CLI::CallForVersion&) {
    return VersionCommand{kVersion};
  } catch (const CLI::ParseError& error) {
    return wrong(first_line(error.what()));
  }
}

}  // namespace g2afs
