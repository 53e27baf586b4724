// SPDX-License-Identifier: MIT
#include "api_exchange.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "json_body.hpp"
#include "note_request.hpp"
#include "retry_once.hpp"
#include "whole_body.hpp"

namespace g2afs {
namespace {

using std::chrono::milliseconds;

/// Spreads 32 calls that were held back over a second; a call takes some 100 ms.
constexpr milliseconds kMostJitter{1'000};

/// A token that is issued now does not end before; by far (they live an hour).
constexpr std::chrono::seconds kNew{60};

}  // namespace

/// What one request came to.
struct ApiExchange::Attempt {
  std::optional<int> settled;  // the status; unless it is a success, `error` says what happened
  std::optional<int> refused;  // 401 or 403
  Secret token;                // the one that was sent
  Error error;
  const char* retry_reason = nullptr;  // null: another try would not help
  std::optional<std::chrono::seconds> retry_after;
  bool held_back = false;  // nothing was sent: the server wants to be left alone
};

ApiExchange::ApiExchange(Transport& transport, TokenSource& tokens, Clock& clock, Metrics& metrics, Log& log,
                         std::size_t connections, Duration longest_pause)
    : longest_pause_(longest_pause),
      transport_(transport),
      tokens_(tokens),
      clock_(clock),
      metrics_(metrics),
      log_(log),
      gate_(connections) {}

Task<Result<int>> ApiExchange::run(const ApiCall& call, const TakeBody& take, RetryPolicy policy) {
  std::optional<Retry> retry;
  bool replaced = false, last = false, ended_in_line = false;
  for (;;) {
    Attempt tried;
    {
      // It is waited for by all callers together, outside of the line, where it would be by as many as it lets in.
      const Result<Secret> token = co_await token_for(call, policy);
      if (!token) co_return fail(token.error());
      // Those who try again go first: the time for that runs, while the time in line before the first try
      // does not count.
      const Gate::Permit permit = co_await gate_.enter(retry ? 0 : 1);
      if (!retry) retry.emplace(policy, clock_);
      if (tokens_.ended(*token) && !std::exchange(ended_in_line, true)) continue;
      tried = co_await attempt(call, take, *token, last);
    }
    if (tried.held_back) {
      // One that has waited as long as it may makes its one last try, as every retry does; unless others' tries tell that
      // it would fail like theirs: of an API that hangs, each would take `timeout`.
      const bool open = co_await wait_until_open(*retry);
      last = !open && !is_once(policy) && !resting();
      if (open || last) continue;
      co_return fail(closed_by_.code, fmt::format("{}: {}", call.name, closed_by_.what));
    }
    if (tried.settled) co_return *tried.settled;
    if (tried.refused) {
      const bool maybe_an_id = *tried.refused == 403 && call.refusal_settles;
      const bool good = call.token_is_good || (tried.token == new_token_ && clock_.now() < new_until_);
      const bool other_token = !replaced && !(maybe_an_id && good) && tokens_.reject(tried.token);
      if (replaced && maybe_an_id) {
        new_token_ = tried.token;
        new_until_ = clock_.now() + kNew;
      }
      if (!other_token && maybe_an_id) co_return 403;
      if (!other_token) co_return fail(std::move(tried.error));
      replaced = true;
      metrics_.retries("token").Increment();
      continue;
    }
    if (tried.retry_reason == nullptr) co_return fail(std::move(tried.error));
    const bool again = co_await retry->again(tried.retry_after);
    if (!again) co_return fail(std::move(tried.error));
    metrics_.retries(tried.retry_reason).Increment();
  }
}

Task<Result<Secret>> ApiExchange::token_for(const ApiCall& call, RetryPolicy policy) {
  Task<Result<Secret>> asked = is_once(policy) ? tokens_.get_once() : tokens_.get();
  Result<Secret> token = co_await std::move(asked);
  if (!token) {
    Attempt none;
    none.error = token.error();
    note(call, none);
  }
  co_return token;
}

Task<ApiExchange::Attempt> ApiExchange::attempt(const ApiCall& call, const TakeBody& take, const Secret& token,
                                                bool last) {
  Attempt tried;
  if (closed() && (!last || resting())) {
    tried.held_back = true;
    co_return tried;
  }
  tried.token = token;

  HttpRequest request;
  request.method = call.method;
  request.url = call.url;
  request.headers = {"Accept: application/json"};
  // The vendor's collection shows a content type on these, although they have no body.
  if (call.method != Method::Get) request.headers.emplace_back("Content-Type: application/json");
  request.authorization = Secret("Bearer " + tried.token.reveal());
  WholeBody body(wire::kMaxBody);
  const MonotonicTime sent = clock_.now(), began = clock_.awake();
  const Result<ResponseHead> head = co_await transport_.perform(std::move(request), body);
  note_request(metrics_, call.name, head, clock_.now() - sent);
  ++health_.calls[call.name];

  judge(tried, call, take, head, body);
  learn(tried, head, began);
  note(call, tried);
  co_return tried;
}

Task<bool> ApiExchange::wait_until_open(const Retry& retry) {
  const milliseconds jitter{std::uniform_int_distribution<milliseconds::rep>(1, kMostJitter.count())(random_)};
  while (closed()) {
    if (retry.left() <= Duration::zero()) co_return false;
    co_await clock_.sleep(std::min<Duration>(retry.left(), opens() - clock_.now() + jitter));
  }
  co_return true;
}

void ApiExchange::learn(const Attempt& attempt, const Result<ResponseHead>& head, MonotonicTime began) {
  const MonotonicTime now = clock_.now();
  if (attempt.retry_reason == nullptr) {
    failures_.succeeded(clock_.awake());
    rests_ = 0;
    rests_until_ = now;
    return;
  }
  if (head && (head->status == 429 || head->status == 503) && head->retry_after) {
    const MonotonicTime end = now + std::min<Duration>(*head->retry_after, longest_pause_);
    if (end <= not_before_) return;
    not_before_ = end;
    closed_by_ = {attempt.error.code, fmt::format("the API answered {} and asked not to be called yet", head->status)};
  } else if (failures_.failed(began, clock_.awake())) {
    rests_until_ = now + std::min(rest_after(rests_++), longest_pause_);
    closed_by_ = {attempt.error.code, fmt::format("the API fails, time after time ({})", attempt.error.what)};
  }
}

void ApiExchange::judge(Attempt& attempt, const ApiCall& call, const TakeBody& take, const Result<ResponseHead>& head,
                        const WholeBody& body) {
  const auto fault = [&](Errc code, std::string_view what, const char* retry_reason = nullptr) {
    attempt.error = {code, fmt::format("{}: {}", call.name, what)};
    attempt.retry_reason = retry_reason;
  };
  if (!head) {
    return fault(head.error().code, head.error().what, head.error().code == Errc::Unavailable ? "network" : nullptr);
  }
  if (head->status == call.success) {
    const Result<void> taken =
        body.too_large() ? fail(Errc::Unavailable, "the answer is larger than 64 MB") : take(body.text());
    if (!taken) return fault(Errc::Unavailable, taken.error().what, "answer");
    attempt.settled = head->status;
    return;
  }
  const std::string what = fmt::format("the API answered {}", head->status);
  attempt.retry_after = head->retry_after;
  switch (head->status) {
    case 400:
    case 414:
    case 431: attempt.settled = head->status; return fault(Errc::Invalid, what);
    case 401:
    case 403:
      attempt.refused = head->status;
      return fault(Errc::Denied, what + ": it refuses the access token, a key or an id");
    case 429: return fault(Errc::Throttled, what + ": too many requests", "throttled");
    default: return fault(Errc::Unavailable, what, "status");
  }
}

void ApiExchange::note(const ApiCall& call, const Attempt& attempt) {
  const bool success = attempt.settled == call.success;
  (success ? health_.last_success : health_.last_failure) = clock_.wall_now();
  if (!success) health_.last_error = attempt.error.what;
  // An answer about what was asked for says nothing about the API.
  const bool about_the_call = attempt.settled || (attempt.refused == 403 && call.refusal_settles);
  if (success || !about_the_call) {
    health_.up = success;
    metrics_.api_up.Set(success ? 1 : 0);
  }

  // Once for a time of trouble, not for each of the many tries in it.
  const bool trouble = attempt.retry_reason != nullptr;
  if (trouble && !troubled_) log_.warn("{}", attempt.error.what);
  if (success && troubled_) log_.info("{}: the API answers again", call.name);
  troubled_ = trouble || (troubled_ && !success);
}

}  // namespace g2afs
