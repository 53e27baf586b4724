// SPDX-License-Identifier: MIT
// What of the account `g2afs check` looks at, from the name of the API's host to the first bytes of a recording: each once,
// by what a mount uses. Loop thread only.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "g2afs/api/http_archive_api.hpp"
#include "g2afs/api/token_source.hpp"
#include "g2afs/app/checklist.hpp"
#include "g2afs/app/config.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/concurrency.hpp"
#include "g2afs/net/loop.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs {

class AccountChecks {
 public:
  AccountChecks(Loop& loop, Clock& clock, Transport& transport, const Config& config);

  /// Takes the steps dns, connection, tls, clock, token, keys, list, urls and download, each within the configuration's
  /// timeout.
  Task<> run(Checklist& list);

 private:
  struct Contact;
  Task<> meet(Checklist& list);
  Task<Contact> contact();
  void judge(Checklist& list, const Contact& contact) const;
  Finding clock_of(const Contact& contact) const;

  Task<Finding> check_token();
  Task<> check_list(Checklist& list);
  Task<Result<Listing>> ask_list();
  Task<std::string> refused_keys();
  Task<Finding> check_urls();
  Task<Finding> check_download();
  Finding judge_download(const Result<ResponseHead>& head, std::uint64_t came, const ByteRange& range) const;

  /// The result, or Unavailable where it takes too long.
  template <class T>
  Task<Result<T>> bounded(Task<Result<T>> task);
  Task<Finding> bounded(Task<Finding> task);

  Loop& loop_;
  Clock& clock_;
  Transport& transport_;
  const Config& config_;
  const std::shared_ptr<Log> log_ = make_null_log();  // whatever fails is told by a finding
  Metrics metrics_;
  TokenSource tokens_;
  HttpArchiveApi api_;
  Listing listing_;
  std::optional<MediaEntry> entry_;  // the recording that is looked at
};

template <class T>
Task<Result<T>> AccountChecks::bounded(Task<Result<T>> task) {
  struct Late {
    static Task<Result<T>> after(Clock& clock, std::chrono::milliseconds limit) {
      co_await clock.sleep(limit);
      co_return fail(Errc::Unavailable,
                     fmt::format("not done within {:g} s", std::chrono::duration<double>(limit).count()));
    }
  };
  std::vector<Task<Result<T>>> race;
  race.push_back(std::move(task));
  race.push_back(Late::after(clock_, config_.timeout));
  auto results = co_await join_until<Result<T>>(loop_, std::move(race), [](const Result<T>&) { return true; });
  co_return results[0] ? std::move(*results[0]) : std::move(*results[1]);
}

}  // namespace g2afs
