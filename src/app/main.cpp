// SPDX-License-Identifier: MIT
// The program: command line to configuration to mount, and each failure to one line and an exit status.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <malloc.h>
#include <sys/resource.h>
#include <system_error>
#include <tuple>
#include <unistd.h>

#include <fmt/format.h>

#include "g2afs/app/cache_command.hpp"
#include "g2afs/app/command_line.hpp"
#include "g2afs/app/config.hpp"
#include "g2afs/app/daemon.hpp"
#include "g2afs/app/environment.hpp"
#include "g2afs/app/exit_status.hpp"
#include "g2afs/app/mount.hpp"
#include "g2afs/app/private_memory.hpp"
#include "g2afs/app/standard_streams.hpp"

namespace {

using namespace g2afs;

/// Every reader may hold a socket or two, and so may the API's connections.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// A connection's receive buffer comes and goes with each transfer: its memory is to stay, rather than be given back to
/// the system and faulted in anew, hundreds of times a second. As much as all connections take.
void keep_receive_buffers() {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

Result<Config> read_config(const std::string& file, const MountCommand& command, const Environment& environment) {
  auto config = load_config(file, command.options, environment);
  if (config && command.debug && config->log_level == "info") config->log_level = "debug";
  return config;
}

/// For a daemon at work, whose loop would wait for who writes to a pipe.
Result<Config> read_again(const std::string& file, const MountCommand& command, const Environment& environment) {
  std::error_code ignored;  // whatever else there is to say of it, reading says
  if (std::filesystem::is_fifo(file, ignored)) return fail(Errc::Invalid, file + ": a pipe is read only once");
  return read_config(file, command, environment);
}

LogOptions log_options(const Config& config, bool foreground) {
  LogOptions options;
  options.level = config.log_level;
  options.format = config.log_format;
  options.file = config.log_file;
  options.syslog = !foreground;
  return options;
}

int run(const MountCommand& command) {
  const Environment environment = Environment::of_process();
  const auto config = read_config(command.config, command, environment);
  if (!config) return report(kUsage, config.error().what);
  auto log = make_log(log_options(*config, command.foreground));
  if (!log) return report(kUsage, log.error().what);

  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  keep_receive_buffers();
  // Before any thread exists, and before anything that must not be shared by two processes.
  Daemon daemon(command.foreground || command.fake);
  daemon.detach();

  Mount mount(*config, command, *log);
  if (const auto answer = mount.check(); !answer) {
    const std::string& why = answer.error().what;
    switch (answer.error().code) {
      case Errc::Denied: return report(kRefused, "credentials: " + why);
      case Errc::Invalid: return report(kUsage, "the API refuses the request: " + why);
      default: report(kFine, "warning: the API cannot be reached: " + why + ": mounting all the same"); break;
    }
  }
  if (command.fake) return kFine;
  if (const auto mounted = mount.mount(); !mounted) {
    return report(mounted.error().code == Errc::Invalid ? kUsage : kFailed, mounted.error().what);
  }
  // The daemon leaves the directory that a relative path was meant for.
  const std::string file = config->config_file.empty() ? command.config : config->config_file.string();
  LogOptions logging = log_options(*config, command.foreground);
  const auto reload = [&]() -> Result<Config> {
    auto now = read_again(file, command, environment);
    const LogOptions wanted = now ? log_options(*now, command.foreground) : logging;
    const auto changed = change_log(**log, wanted);
    // Who has moved the log away counts on another, whatever became of the configuration.
    if (!changed) std::ignore = change_log(**log, logging);
    if (!now) return now;
    if (!changed) return fail(changed.error());
    logging = wanted;
    return now;
  };
  const auto outcome = mount.run([&] { daemon.ready(); }, reload);
  const int status = outcome ? kFine : report(kFailed, outcome.error().what);
  if (mount.left_behind()) {
    (*log)->flush();
    std::fflush(nullptr);
    ::_exit(status);
  }
  return status;
}

int run(const LoginCommand& command) {
  const auto config = load_config(command.config, command.options, Environment::of_process(), ConfigUse::Login);
  if (!config) return report(kUsage, config.error().what);
  std::signal(SIGPIPE, SIG_IGN);
  const auto outcome = run_login(command, *config, STDIN_FILENO, stdout);
  if (outcome) return kFine;
  return report(outcome.error().code == Errc::Denied ? kRefused : kFailed, "login: " + outcome.error().what);
}

int run(const CheckCommand& command) {
  std::signal(SIGPIPE, SIG_IGN);
  return run_check(command, Environment::of_process(), FuseSetup::of_process(), stdout);
}

int run(const WaitCommand& command) {
  ProgressLine line(STDERR_FILENO);
  return run_wait(command, line, pause_for);
}

int run(const ArchiveCommand& command) {
  ProgressLine line(STDERR_FILENO);
  return run_archive(command, line, stdout);
}

int run(const StatusCommand& command) { return run_status(command, STDOUT_FILENO); }

int run(const CacheCommand& command) {
  const auto config = load_config(command.config, command.options, Environment::of_process());
  if (!config) return report(kUsage, config.error().what);
  const SystemClock clock;
  const auto said = run_cache_command(command, *config, clock);
  if (!said) return report(said.error().code == Errc::Invalid ? kUsage : kFailed, "cache: " + said.error().what);
  fmt::print("{}", *said);
  return kFine;
}

int run(const HelpCommand& command) {
  fmt::print("{}", command.text);
  return kFine;
}

int run(const VersionCommand& command) {
  fmt::print("{}", command.text);
  return kFine;
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_private();
  keep_standard_streams();
  const auto command = parse_command_line(argc, argv);
  if (!command) return report(kUsage, command.error().what);
  try {
    return with_output_written(std::visit([](const auto& chosen) { return run(chosen); }, *command));
  } catch (const std::exception& error) {
    return report(kFailed, fmt::format("cannot start: {}", error.what()));
  }
}
