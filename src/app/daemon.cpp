// SPDX-License-Identifier: MIT
#include "g2afs/app/daemon.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace g2afs {

void Daemon::detach() {
  if (foreground_) return;
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
    std::perror("g2afs: cannot start in the background");
    std::exit(1);
  }
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    std::perror("g2afs: cannot start in the background");
    std::exit(1);
  }
  if (child == 0) {
    close(pipe_ends[0]);
    report_ = pipe_ends[1];
    // Until the mount answers, both are one job: Ctrl-C reaches both, and what ends the parent ends the child.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    return;
  }
  close(pipe_ends[1]);
  char byte = 0;
  ssize_t got;
  do {
    got = read(pipe_ends[0], &byte, 1);
  } while (got < 0 && errno == EINTR);
  if (got == 1) _exit(0);
  // It ended without a word: it has said why on standard error, and its exit status is ours.
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    std::fprintf(stderr, "g2afs: the daemon ended at its start: %s\n", strsignal(WTERMSIG(status)));
    _exit(1);
  }
  _exit(WEXITSTATUS(status) == 0 ? 1 : WEXITSTATUS(status));
}

void Daemon::ready() {
  if (foreground_) return;
  prctl(PR_SET_PDEATHSIG, 0);
  setsid();
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null >= 0) {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd);
    close(null);
  }
  // So that the daemon does not keep the file system busy that it was started from.
  if (chdir("/") != 0) std::abort();
  const char byte = 0;
  [[maybe_unused]] const ssize_t told = write(report_, &byte, 1);
  close(report_);
}

}  // namespace g2afs
