// SPDX-License-Identifier: MIT
#include "g2afs/api/token_source.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "note_request.hpp"
#include "retry_once.hpp"
#include "token_request.hpp"
#include "whole_body.hpp"

#include "g2afs/api/wire.hpp"

namespace g2afs {
namespace {

using std::chrono::seconds;

constexpr seconds kAhead{60};  // longer than any call takes that has just got its token

/// Another try may help.
bool passing(const Error& error) { return error.code == Errc::Unavailable || error.code == Errc::Throttled; }

}  // namespace

/// What one request to token_url brought.
struct TokenSource::Reply {
  Result<wire::TokenAnswer> answer;  // an error that is not passing() is final
  std::optional<seconds> retry_after = {};
  bool dead = false;  // the refresh token or the client is what was refused: no use in sending them again
};

TokenSource::TokenSource(Loop& loop, Transport& transport, Clock& clock, Metrics& metrics, Log& log,
                         TokenOptions options, RetryPolicy retry)
    : transport_(transport),
      clock_(clock),
      metrics_(metrics),
      log_(log),
      options_(std::move(options)),
      retry_(retry),
      refreshing_(loop) {}

Task<Result<Secret>> TokenSource::get() { return get_with(true); }

Task<Result<Secret>> TokenSource::get_once() { return get_with(false); }

Task<Result<Secret>> TokenSource::get_with(bool patient) {
  if (!options_.fixed.empty()) co_return options_.fixed;
  if (alive() && !due() && !read_ahead_) co_return current_;
  // One refresh at a time, whoever asks: a refresh token may serve once only. So the impatient join a patient
  // one, and the patient wait for an impatient one, whose failure is not theirs.
  const bool flight = patient != refreshing_.under_way(!patient);
  std::function<Task<Result<Secret>>()> start = [this, flight] { return refresh(flight ? retry_ : kOnce); };
  if (alive() && !read_ahead_) {
    refreshing_.start(flight, std::move(start));
    co_return current_;
  }
  Result<Secret> token = co_await refreshing_.run(flight, std::move(start));
  const bool try_on = patient && !flight && !token && passing(token.error());
  if (!try_on) co_return token;
  Task<Result<Secret>> again = get_with(patient);
  co_return co_await std::move(again);
}

bool TokenSource::reject(const Secret& token) {
  if (!options_.fixed.empty()) return false;
  // Another call may have had the same token refused and replaced it already.
  if (token == current_) current_ = Secret();
  return true;
}

bool TokenSource::ended(const Secret& token) const {
  if (!options_.fixed.empty()) return token != options_.fixed;
  return token != current_ || !alive();
}

std::optional<Time> TokenSource::expires_at() const {
  if (fixed() || current_.empty()) return std::nullopt;
  return clock_.wall_now() + std::chrono::duration_cast<std::chrono::milliseconds>(ends_ - clock_.now());
}

void TokenSource::reload(TokenOptions options) {
  options_ = std::move(options);
  read_ahead_ = true;
  dead_.reset();
  show_expiry();
}

void TokenSource::show_expiry() {
  const auto end = expires_at();
  if (!end) return metrics_.forget_token_expiry();
  metrics_.token_expiry().Set(std::chrono::duration<double>(end->time_since_epoch()).count());
}

Task<Result<Secret>> TokenSource::refresh(RetryPolicy policy) {
  if (const Result<void> read = read_file(); !read) co_return fail(read.error());
  if (alive() && !due()) co_return current_;

  Retry retry(policy, clock_);
  bool read_again = false;
  for (;;) {
    if (dead_ && dead_->refresh_token == refresh_token_) co_return fail(dead_->error);
    const Secret sent = refresh_token_;
    Reply reply = co_await ask(sent);
    if (reply.answer) co_return take(*reply.answer);
    const Error& error = reply.answer.error();
    if (reply.dead) dead_ = {sent, error};
    if (error.code == Errc::Denied) {
      // Another process may have used the token up while it was on its way, and stored the next one.
      if (read_again || !read_file() || refresh_token_ == sent) co_return fail(error);
      read_again = true;
      if (alive()) co_return current_;
      continue;
    }
    if (!passing(error)) co_return fail(error);
    const bool again = co_await retry.again(reply.retry_after);
    if (!again) co_return fail(error);
    metrics_.retries("token").Increment();
  }
}

Task<TokenSource::Reply> TokenSource::ask(const Secret& refresh_token) {
  HttpRequest request =
      token_request(options_, "grant_type=refresh_token&refresh_token=" + wire::percent_encode(refresh_token.reveal()));
  WholeBody body(kMaxTokenAnswer);
  const MonotonicTime sent = clock_.now();
  const Result<ResponseHead> head = co_await transport_.perform(std::move(request), body);
  note_request(metrics_, "token", head, clock_.now() - sent);
  Reply reply = judge(head, body.text());
  co_return reply;
}

TokenSource::Reply TokenSource::judge(const Result<ResponseHead>& head, const std::string& body) const {
  const auto say = [](const Error& error) { return fail(error.code, "token_url: " + error.what); };
  if (!head) return {say(head.error())};
  if (head->status == 200) {
    Result<wire::TokenAnswer> answer = wire::parse_token(body);
    if (!answer) answer = say(answer.error());
    return {std::move(answer)};
  }
  const auto denied = [](std::string what, bool dead) { return Reply{fail(Errc::Denied, std::move(what)), {}, dead}; };
  if (head->status == 400 || head->status == 401 || head->status == 403) {
    const std::string said = wire::parse_token_error(body);
    if (said == "invalid_client" || said == "unauthorized_client") {
      return denied(fmt::format("the server refused client_id or client_secret ({})", said), true);
    }
    if (!said.empty()) {
      return denied(
          fmt::format("the server refused the refresh token ({}) of the token file {}: get a new one by \"g2afs "
                      "login\"",
                      said, options_.token_file.string()),
          said == "invalid_grant");
    }
    // 400 is also what a proxy says of what it does not understand. These say no, though it may be a proxy's, too.
    if (head->status != 400) {
      return denied(
          fmt::format("token_url: answered {}: it refuses client_id, client_secret or the refresh token in {}",
                      head->status, options_.token_file.string()),
          false);
    }
  }
  const Errc code = head->status == 429 ? Errc::Throttled : Errc::Unavailable;
  return {fail(code, fmt::format("token_url: answered {}", head->status)), head->retry_after};
}

Secret TokenSource::take(const wire::TokenAnswer& answer) {
  store(answer);
  use(answer.access_token, seconds{answer.expires_in});
  return current_;
}

void TokenSource::store(const wire::TokenAnswer& answer) {
  if (!answer.refresh_token.empty()) refresh_token_ = answer.refresh_token;
  const StoredTokens tokens{refresh_token_, answer.access_token,
                            std::chrono::floor<seconds>(clock_.wall_now()) + seconds{answer.expires_in}};
  // A login, or another mount, put something newer there while the request was on its way: the next refresh
  // reads it.
  if (const auto found = read_token_file(options_.token_file); found && *found != on_disk_) return;
  const Result<void> written = write_token_file(options_.token_file, tokens);
  if (written) {
    on_disk_ = tokens;
  } else if (refresh_token_ == on_disk_.refresh_token) {
    log_.warn("token refresh: {}", written.error().what);
  } else {
    log_.error("token refresh: {}; the only good refresh token is in memory, and is stored at the next refresh",
               written.error().what);
  }
}

Result<void> TokenSource::read_file() {
  read_ahead_ = false;
  const Result<StoredTokens> read = read_token_file(options_.token_file);
  if (!read) {
    const Error& error = read.error();
    if (!refresh_token_.empty()) {
      log_.warn("token refresh: {}; going on with the token in memory", error.what);
      return {};
    }
    if (error.code == Errc::Unavailable) return fail(error);
    const bool mended_by_writing = error.code == Errc::NotFound || error.code == Errc::Invalid;
    return fail(Errc::Denied, mended_by_writing ? error.what + ": get tokens by \"g2afs login\"" : error.what);
  }
  if (*read == on_disk_) return {};
  on_disk_ = *read;
  dead_.reset();
  refresh_token_ = read->refresh_token;
  current_ = Secret();
  const auto now = std::chrono::floor<seconds>(clock_.wall_now());
  if (!read->access_token.empty() && read->expires_at && *read->expires_at > now) {
    use(read->access_token, *read->expires_at - now);
  }
  return {};
}

void TokenSource::use(const Secret& access_token, seconds life) {
  const Duration lasting = std::min(life, wire::kLongestLife);
  current_ = access_token;
  ends_ = clock_.now() + lasting;
  due_ = clock_.now() + (lasting - std::min<Duration>(kAhead, lasting / 10));
  show_expiry();
}

bool TokenSource::alive() const { return !current_.empty() && clock_.now() < ends_; }

bool TokenSource::due() const { return clock_.now() >= due_; }

}  // namespace g2afs
