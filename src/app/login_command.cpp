// SPDX-License-Identifier: MIT
#include "g2afs/app/login_command.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <unistd.h>

#include <asio/signal_set.hpp>
#include <fmt/format.h>

#include "g2afs/app/browser.hpp"
#include "g2afs/app/connection_options.hpp"
#include "g2afs/app/interrupts.hpp"
#include "g2afs/app/login.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/curl_transport.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {
namespace {

constexpr std::size_t kLongestLine = 64 << 10;   // bytes; no browser has longer URLs
constexpr std::chrono::seconds kUnwindLimit{1};  // one turn of the loop is enough

Error interrupted() { return {Errc::Unavailable, "interrupted: nothing is stored"}; }

/// The first line, or all there is without one.
Result<std::string> read_line(int in, Interrupts& interrupts) {
  std::string text;
  std::array<char, 4096> part{};
  while (text.find('\n') == std::string::npos && text.size() < kLongestLine) {
    if (!interrupts.wait_to_read(in)) return fail(interrupted());
    const ssize_t got = ::read(in, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  return text.substr(0, text.find('\n'));
}

/// Runs tasks on the loop, one after the other, until a signal comes; it counts from when this is made.
class UntilInterrupt {
 public:
  explicit UntilInterrupt(Loop& loop) : loop_(loop), signals_(loop.context()) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
      struct sigaction action {};
      const bool ignored = ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
      if (!ignored) signals_.add(signal);
    }
    signals_.async_wait([this](std::error_code error, int) {
      if (error) return;
      came_ = true;
      loop_.cancel(task_);
    });
  }

  template <class T>
  Result<T> run(Task<Result<T>> task) {
    std::optional<Result<T>> result;
    struct Keep {
      static Task<> run(Loop& loop, Task<Result<T>> inner, std::optional<Result<T>>& out) {
        struct Stop {
          Loop& loop;
          ~Stop() { loop.stop(); }
        } stop{loop};
        out.emplace(co_await std::move(inner));
      }
    };
    if (came_) return fail(interrupted());
    task_ = loop_.spawn(Keep::run(loop_, std::move(task), result));
    loop_.run();
    if (!result) return fail(interrupted());
    return *std::move(result);
  }

 private:
  Loop& loop_;
  asio::signal_set signals_;
  TaskId task_;
  bool came_ = false;
};

void say(std::FILE* out, const std::string& text) {
  std::fputs(text.c_str(), out);
  std::fflush(out);
}

Result<Secret> code_by_browser(UntilInterrupt& tasks, Login& login, const LoginCommand& command, const Url& page,
                               std::FILE* out) {
  if (const auto listening = login.listen(); !listening) {
    return fail(listening.error().code,
                listening.error().what + ": use --port N, if the client has that redirect URI, or --no-browser");
  }
  const bool opened = open_in_browser(page.text());
  say(out, fmt::format("{}:\n\n{}\n\nWaiting for its answer at {}\n",
                       opened ? "A browser should open this page; log in there" : "Open this page and log in",
                       page.text(), login_redirect_uri(command.port)));
  return tasks.run(login.answer());
}

Result<Secret> code_by_hand(const Login& login, const Url& page, int in, std::FILE* out) {
  Interrupts interrupts;
  say(out,
      fmt::format("Open this page in any browser and log in:\n\n{}\n\nThe browser ends at a page that it cannot load. "
                  "Paste its URL here:\n",
                  page.text()));
  const auto line = read_line(in, interrupts);
  if (!line) return fail(line.error());
  return login.pasted(*line);
}

Result<void> log_in(UntilInterrupt& tasks, Login& login, const LoginCommand& command, int in, std::FILE* out) {
  const auto page = login.page();
  if (!page) return fail(Errc::Invalid, "authorize_url: " + page.error().what);
  auto code =
      command.browser ? code_by_browser(tasks, login, command, *page, out) : code_by_hand(login, *page, in, out);
  if (!code) return fail(code.error());
  const auto lines = tasks.run(login.finish(*std::move(code)));
  if (!lines) return fail(lines.error());
  for (const std::string& line : *lines) say(out, line + '\n');
  return {};
}

}  // namespace

Result<void> run_login(const LoginCommand& command, const Config& config, int in, std::FILE* out) {
  const auto log = make_null_log();  // whatever fails is returned
  SystemClock clock;
  Loop loop;
  CurlTransport transport(loop, clock, curl_options(config), *log);
  Login login(loop, clock, transport, config, command.port);
  UntilInterrupt tasks(loop);
  auto outcome = log_in(tasks, login, command, in, out);
  // A browser's other connections.
  loop.cancel_all();
  loop.run_until_idle(kUnwindLimit);
  return outcome;
}

}  // namespace g2afs
