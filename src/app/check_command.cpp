// SPDX-License-Identifier: MIT
#include "g2afs/app/check_command.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>

#include <fmt/format.h>

#include "g2afs/app/account_checks.hpp"
#include "g2afs/app/checklist.hpp"
#include "g2afs/app/config.hpp"
#include "g2afs/app/connection_options.hpp"
#include "g2afs/app/standard_streams.hpp"
#include "g2afs/app/terminal.hpp"
#include "g2afs/net/blocking_pool.hpp"
#include "g2afs/net/concurrency.hpp"
#include "g2afs/net/curl_transport.hpp"

namespace g2afs {
namespace {

// Until the configuration has said what its timeout is: its default.
constexpr std::chrono::seconds kReadLimit{30};
constexpr std::chrono::seconds kUnwindLimit{1};  // one turn of the loop is enough

class Check {
 public:
  Check(const CheckCommand& command, const Environment& environment, const FuseSetup& fuse, Checklist& list)
      : command_(command), environment_(environment), fuse_(fuse), list_(list) {}
  ~Check() {
    loop_.cancel_all();
    loop_.run_until_idle(kUnwindLimit);
  }
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;

  void run() {
    loop_.spawn(all());
    loop_.run();
  }
  /// A thread hangs: the process is to end without taking this down.
  bool left_behind() { return !pool_.end(); }

 private:
  using Loaded = Result<std::shared_ptr<Config>>;

  Task<> all() {
    co_await read_config();
    Task<Finding> looking =
        blocking(kReadLimit, [setup = fuse_, options = command_.options.fuse] { return check_fuse(setup, options); });
    Finding fuse = co_await std::move(looking);
    list_.add("fuse", std::move(fuse));
    if (config_) {
      transport_.emplace(loop_, clock_, curl_options(*config_), *log_);
      account_.emplace(loop_, clock_, *transport_, *config_);
      co_await account_->run(list_);
      co_await check_directories();
    } else {
      for (const auto* step :
           {"dns", "connection", "tls", "clock", "token", "keys", "list", "urls", "download", "state", "cache"}) {
        list_.may(step, {"config"});
      }
    }
    loop_.stop();
  }

  /// The steps permissions and config: one reading shows both.
  Task<> read_config() {
    Task<Loaded> reading = within<Loaded>(
        kReadLimit,
        [path = command_.config, options = command_.options, environment = environment_]() -> Loaded {
          auto config = load_config(path, options, environment);
          if (!config) return fail(config.error());
          return std::make_shared<Config>(*std::move(config));
        },
        fail(Errc::Unavailable, fmt::format("{}: cannot be read: the file system hangs", command_.config)));
    const Loaded loaded = co_await std::move(reading);
    list_.add("permissions", permissions(loaded));
    if (!list_.may("config", {"permissions"})) co_return;
    if (!loaded) {
      // As a mount has it: whatever is wrong with it is the user's to mend.
      list_.add("config", failed({Errc::Invalid, loaded.error().what}));
      co_return;
    }
    config_ = *loaded;
    const std::string file = config_->config_file.string();
    list_.add("config", found(file.empty() ? "from the command line and the environment" : file));
  }

  Finding permissions(const Loaded& loaded) const {
    if (loaded || loaded.error().code != Errc::Denied) {
      if (command_.config == "-") return skipped("there is no config file");
      if (!loaded) return skipped("the config file could not be used");
      return found("nobody else may use the config file and the token file");
    }
    // `<file>: <why>: chmod 600 <file>`
    const std::string& what = loaded.error().what;
    const auto remedy = what.rfind(": chmod ");
    const bool known = remedy != std::string::npos;
    return failed({Errc::Invalid, what.substr(0, remedy)}, known ? what.substr(remedy + 2) : std::string());
  }

  Task<> check_directories() {
    Task<Finding> of_state = blocking(config_->timeout, [config = config_] { return check_state(*config); });
    Finding state = co_await std::move(of_state);
    list_.add("state", std::move(state));
    Task<Finding> of_cache = blocking(config_->timeout, [config = config_] { return check_cache(*config); });
    Finding cache = co_await std::move(of_cache);
    list_.add("cache", std::move(cache));
  }

  static Finding check_state(const Config& config) {
    Finding state = check_directory(config.state_dir, 0);
    const auto tokens = config.token_file.parent_path();
    const bool stores_tokens = config.access_token.empty() && tokens != config.state_dir;
    if (state.result == Finding::Result::Failed || !stores_tokens) return state;
    Finding other = check_directory(tokens, 0);
    return other.result == Finding::Result::Failed ? other : state;
  }

  static Finding check_cache(const Config& config) {
    if (config.cache_size == 0) return skipped("cache_size is 0");
    if (config.cache_dir.empty()) return skipped("HOME is not set and cache_dir not given");
    return check_directory(config.cache_dir, config.cache_size);
  }

  template <class Work>
  Task<Finding> blocking(std::chrono::milliseconds limit, Work work) {
    return within<Finding>(limit, std::move(work),
                           failed({Errc::Unavailable, "no answer: a file system hangs"}, "look for it with df"));
  }

  /// What the work returns, or `late` where that takes too long.
  template <class T, class Work>
  Task<T> within(std::chrono::milliseconds limit, Work work, T late) {
    std::vector<Task<T>> race;
    race.push_back(pool_.run(std::move(work)));
    race.push_back(after(limit, std::move(late)));
    auto results = co_await join_until<T>(loop_, std::move(race), [](const T&) { return true; });
    co_return results[0] ? std::move(*results[0]) : std::move(*results[1]);
  }
  template <class T>
  Task<T> after(std::chrono::milliseconds limit, T late) {
    co_await clock_.sleep(limit);
    co_return late;
  }

  const CheckCommand& command_;
  const Environment& environment_;
  const FuseSetup& fuse_;
  Checklist& list_;
  const std::shared_ptr<Log> log_ = make_null_log();
  SystemClock clock_;
  Loop loop_;
  std::shared_ptr<const Config> config_;
  std::optional<CurlTransport> transport_;
  std::optional<AccountChecks> account_;
  BlockingPool pool_{loop_, 2, BlockingPool::AtEnd::Drop};  // one may hang
};

/// Of a file each step is one line, however long, so that a search finds all of it.
TextStyle style_of(std::FILE* out) {
  const int fd = ::fileno(out);
  const bool terminal = ::isatty(fd) == 1;
  return {terminal ? terminal_size(fd).columns : std::string::npos, wants_colour(fd)};
}

}  // namespace

int run_check(const CheckCommand& command, const Environment& environment, const FuseSetup& fuse, std::FILE* out) {
  const TextStyle style = style_of(out);
  Checklist list([&](const Checklist::Step& step) {
    if (command.json) return;
    std::fputs(step_text(step, style).c_str(), out);
    std::fflush(out);
  });
  Check check(command, environment, fuse, list);
  check.run();
  if (command.json) std::fputs(steps_json(list.steps()).c_str(), out);
  if (const std::string failures = list.failures(); !failures.empty()) {
    std::fflush(out);
    report(list.exit_status(), "check: failed: " + failures);
  }
  if (check.left_behind()) {
    std::fflush(nullptr);
    ::_exit(list.exit_status());
  }
  return list.exit_status();
}

}  // namespace g2afs
