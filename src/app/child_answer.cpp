// SPDX-License-Identifier: MIT
#include "g2afs/app/child_answer.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "g2afs/app/uninterrupted.hpp"

namespace g2afs {
namespace {

using Clock = std::chrono::steady_clock;

// What the child says: this or an error's code, then the text.
constexpr char kAnswer = 'A';
constexpr char kFirstCode = 'a';

void close_all_but(int kept) {
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, standard);
  ::close_range(STDERR_FILENO + 1, static_cast<unsigned>(kept) - 1, 0);
  ::close_range(static_cast<unsigned>(kept) + 1, ~0U, 0);
}

Result<std::string> understood(std::string said) {
  if (said.empty()) return fail(Errc::Internal, "the process that was to look has ended");
  const char kind = said.front();
  said.erase(0, 1);
  if (kind == kAnswer) return said;
  return fail(static_cast<Errc>(kind - kFirstCode), std::move(said));
}

}  // namespace

ChildAnswer::Pipe ChildAnswer::make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  return {ends[0], ends[1]};
}

ChildAnswer::ChildAnswer(const Ask& ask) : ChildAnswer(ask, make_pipe()) {}

ChildAnswer::ChildAnswer(const Ask& ask, Pipe pipe) : from_(pipe.from) {
  const FileDescriptor to(pipe.to);
  const pid_t parent = ::getpid();
  child_ = ::fork();
  if (child_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  answer(ask, to.get());
}

void ChildAnswer::answer(const Ask& ask, int to) {
  // Above what is closed: a pipe of a parent without standard streams may have their numbers.
  const int out = ::fcntl(to, F_DUPFD_CLOEXEC, STDERR_FILENO + 2);
  close_all_but(out);
  const auto result = ask();
  const std::string said = result
                         ? kAnswer + *result
                         : static_cast<char>(kFirstCode + static_cast<int>(result.error().code)) + result.error().what;
  write_all(out, said);  // or nobody waits for it any more
  ::_exit(0);
}

ChildAnswer::~ChildAnswer() {
  if (child_ < 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, WNOHANG);
}

std::optional<Result<std::string>> ChildAnswer::wait(std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    pollfd event{from_.get(), POLLIN, 0};
    const int ready = ::poll(&event, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    char piece[16 * 1024];
    const ssize_t got = uninterrupted([&] { return ::read(from_.get(), piece, sizeof piece); });
    if (got > 0) {
      said_.append(piece, static_cast<std::size_t>(got));
      continue;
    }
    // It has nothing left to do but to end.
    ::waitpid(std::exchange(child_, -1), nullptr, 0);
    return understood(std::move(said_));
  }
}

}  // namespace g2afs
