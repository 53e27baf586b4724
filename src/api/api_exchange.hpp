// SPDX-License-Identifier: MIT
// One call to the API until it is settled: credentials, retries, the limit on concurrent calls, metrics and
// health. Loop thread only.
//
// A Retry-After with 429 or 503 binds all calls: until then none is sent. Those who wait for it take no
// connection, wait as long as their retries last, and come with some jitter after the call that was told. An API that is
// dead (failure_streak.hpp), whichever calls tell that, rests for moments likewise: it is not asked over and over by each
// of a thousand callers, but by a few of them every few seconds. The first success ends that.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <random>
#include <string_view>

#include "g2afs/api/http_archive_api.hpp"
#include "g2afs/net/concurrency.hpp"
#include "g2afs/net/failure_streak.hpp"
#include "g2afs/net/retry.hpp"

namespace g2afs {

class WholeBody;

struct ApiCall {
  const char* name;
  Method method;
  Url url;
  int success;  // the status of a success
  /// A 403 may be about an id that is not ours: if another token does not help, it settles the call. So that a batch that
  /// is halved for its sake does not cost a token a call, a token that did not help is not replaced again for a minute.
  bool refusal_settles = false;
  /// Another token is not even tried for a 403: it was, a moment ago.
  bool token_is_good = false;
};

class ApiExchange {
 public:
  /// Takes the body of a success; an error says why it makes no sense, and the call is tried again.
  using TakeBody = std::function<Result<void>(std::string_view body)>;

  /// `longest_pause`: a Retry-After is obeyed for so long at most; retry_for, so that one word of the server's does not
  /// cost more than what a caller waits for anyway.
  ApiExchange(Transport& transport, TokenSource& tokens, Clock& clock, Metrics& metrics, Log& log,
              std::size_t connections, Duration longest_pause);

  /// The status that settles the call: `call.success`, or one that only another request can mend: 400, 414,
  /// 431 and, where the call says so, 403.
  Task<Result<int>> run(const ApiCall& call, const TakeBody& take, RetryPolicy policy);

  const ApiHealth& health() const { return health_; }

 private:
  struct Attempt;
  Task<Result<Secret>> token_for(const ApiCall& call, RetryPolicy policy);
  /// One request, by a holder of a permit; the last one goes out also while the server wants to be left alone, though not
  /// while it rests.
  Task<Attempt> attempt(const ApiCall& call, const TakeBody& take, const Secret& token, bool last);
  /// False if it is still closed when the time to try is over.
  Task<bool> wait_until_open(const Retry& retry);
  /// What the outcome of a request says of when the next one may go out.
  void learn(const Attempt& attempt, const Result<ResponseHead>& head, MonotonicTime began);
  MonotonicTime opens() const { return std::max(not_before_, rests_until_); }
  bool closed() const { return clock_.now() < opens(); }
  bool resting() const { return clock_.now() < rests_until_; }
  static void judge(Attempt& attempt, const ApiCall& call, const TakeBody& take, const Result<ResponseHead>& head,
                    const WholeBody& body);
  void note(const ApiCall& call, const Attempt& attempt);

  const Duration longest_pause_;
  Transport& transport_;
  TokenSource& tokens_;
  Clock& clock_;
  Metrics& metrics_;
  Log& log_;
  Gate gate_;
  ApiHealth health_;
  MonotonicTime not_before_;   // when the server wants the next request
  MonotonicTime rests_until_;  // after failures in a row
  FailureStreak failures_;
  int rests_ = 0;     // in a row
  Error closed_by_;   // why it was closed last
  Secret new_token_;  // one that was refused just after it was issued: not because it has ended
  MonotonicTime new_until_;
  std::minstd_rand random_{std::random_device{}()};
  bool troubled_ = false;  // the last answer was one to try again
};

}  // namespace g2afs
