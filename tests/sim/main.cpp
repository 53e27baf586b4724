// SPDX-License-Identifier: MIT
// g2a-sim: runs a simulated account until a signal, the end of its lifetime or of its parent.
#include <cmath>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <fmt/format.h>

#include "sim/account_files.hpp"
#include "sim/cli_options.hpp"
#include "sim/simulator.hpp"

namespace {

// Atomically: a reader sees both ports or no file.
void write_port_file(const std::string& path, int api_port, int media_port) {
  const std::string temporary = fmt::format("{}.{}", path, ::getpid());
  std::ofstream file(temporary);
  file << api_port << '\n' << media_port << '\n';
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
    throw g2a_sim::StartError(fmt::format("{} cannot be written", path));
  }
}

// Two descriptors a connection at most; a thousand connections must not be the limit.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// The lifetime is a timer that raises one of the signals: sigwait, unlike sigtimedwait, does not return because the process
// was stopped and continued.
void wait_for_end(const sigset_t& signals, double lifetime_seconds) {
  itimerval lifetime{};
  lifetime.it_value.tv_sec = static_cast<time_t>(lifetime_seconds);
  lifetime.it_value.tv_usec = static_cast<suseconds_t>((lifetime_seconds - std::floor(lifetime_seconds)) * 1e6);
  ::setitimer(ITIMER_REAL, &lifetime, nullptr);
  int signal = 0;
  ::sigwait(&signals, &signal);
}

}  // namespace

int main(int argc, char** argv) {
  const pid_t parent = ::getppid();
  int exit_code = 0;
  const auto cli = g2a_sim::parse_command_line(argc, argv, exit_code);
  if (!cli) return exit_code;

  // Blocked before any thread exists, so that only this one takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGALRM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (cli->die_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) return 0;  // it was gone before we asked
  }
  raise_descriptor_limit();
  if (!cli->port_file.empty()) std::remove(cli->port_file.c_str());  // nobody shall read an earlier run's

  try {
    g2a_sim::Simulator simulator(cli->sim);
    if (!cli->port_file.empty()) write_port_file(cli->port_file, simulator.port(), simulator.media_port());
    if (!cli->quiet) {
      fmt::print("g2a-sim: {} recordings, api {}, media http://127.0.0.1:{}\n", simulator.account().size(),
                 simulator.api_url(), simulator.media_port());
      std::fflush(stdout);
    }
    wait_for_end(signals, cli->lifetime_seconds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "g2a-sim: {}\n", error.what());
    return dynamic_cast<const g2a_sim::StartError*>(&error) != nullptr ? 2 : 1;
  }
  return 0;
}
