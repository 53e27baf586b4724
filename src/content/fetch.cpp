// SPDX-License-Identifier: MIT
#include "fetch.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "hedge.hpp"

namespace g2afs {
namespace {

// A probe whose server sends everything reads on to the end up to here, rather than waste the connection.
constexpr std::uint64_t kProbeReadsOn = 256 * 1024;
constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();
// A file's size, by off_t.
constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
// A sidecar of which no size is known has some megabytes: one that goes on behind this has no end.
constexpr std::uint64_t kLongestUnknown = 64 << 20;

/// Whether a header's value begins with `word`, which is in lower case.
bool begins_with(std::string_view value, std::string_view word) {
  const auto lower = [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); };
  return value.size() >= word.size() &&
         std::equal(word.begin(), word.end(), value.begin(), [&](char a, char b) { return a == lower(b); });
}

}  // namespace

Fetch::Fetch(ContentFile& file, ByteRange range, Priority priority)
    : file_(file),
      range_(range),
      position_(range.begin),
      run_begin_(range.begin),
      priority_(priority),
      limit_(range.end),
      high_water_(range.begin) {}

ByteRange Fetch::rest() const {
  if (ended || position_ >= range_.end) return {range_.end, range_.end};
  return {position_ / kPageSize * kPageSize, range_.end};
}

void Fetch::want(std::uint64_t end) {
  if (!passing_) return;
  // A page counts as here when all of it is.
  limit_ = std::max(limit_, (end + kPageSize - 1) / kPageSize * kPageSize);
  if (resume) resume();
}

bool Fetch::soon_over() const {
  // What was fetched ahead would be many, of which together a part were too much.
  const bool coming = asking_ && priority_ == Priority::Interactive && status_ == 206 && body_end_ && !passing_;
  return coming && link_->as_soon_as_another(*body_end_ - position_);
}

bool Fetch::complete() const { return file_.size() && position_ >= std::min(range_.end, *file_.size()); }

HttpRequest Fetch::request(Url url) const {
  HttpRequest request;
  request.purpose = Purpose::Media;
  request.priority = waiting > 0 ? Priority::Interactive : priority_;
  request.url = std::move(url);
  // A probe that was sent a whole without a length, and lost it, does not know where it ends.
  const std::uint64_t known_end = file_.size().value_or(position_ + kProbeSize);
  if (ask_for_range_) request.range = ByteRange{position_, std::min(range_.end, known_end)};
  return request;
}

Task<std::optional<Error>> Fetch::bring() {
  ContentServices& services = file_.services();
  std::optional<Retry> retry;  // since the first failure: what was waited in line for a connection is no fault
  bool renewed = false;
  for (;;) {
    const auto url = co_await services.urls.url(file_.key());
    if (!url) {
      services.reads.failed(url.error());
      co_return url.error();
    }

    const auto answer = co_await exchange(*url);
    if (moved_) {
      retry.reset();
      renewed = false;
    }
    if (needless_ || (unwanted && waiting == 0)) co_return std::nullopt;
    if (answer && answer->status == 200 && !refused_ && !file_.changed() && !file_.size()) {
      file_.learn_size(position_);  // a whole without a length: its end tells the size
      store({});
    }

    const Verdict verdict = judge(answer);
    switch (verdict.next) {
      case Next::Done: co_return std::nullopt;
      case Next::Fail: co_return verdict.error;
      case Next::GoOn: continue;
      case Next::Renew:
        services.urls.expired(file_.key(), *url);
        services.metrics.retries(verdict.reason).Increment();
        if (!renewed) {
          renewed = true;
          continue;
        }
        // A fresh URL that leads to nothing is final; one that is refused may only be too fresh.
        if (answer->status == 404 || answer->status == 410) {
          co_return Error{Errc::NotFound, to_string(file_.key()) + ": the server has no such file"};
        }
        break;
      case Next::Retry:
        // A paused pass that broke off would begin at the start again: not until somebody wants more of it.
        if (passing_ && position_ >= limit_ && waiting == 0) co_return std::nullopt;
        services.metrics.retries(verdict.reason).Increment();
        break;
    }
    services.reads.failed(verdict.error);
    if (!retry) retry.emplace(services.retry, services.clock);
    if (!co_await retry->again(answer ? answer->retry_after : std::nullopt)) co_return verdict.error;
  }
}

Task<Result<ResponseHead>> Fetch::exchange(Url url) {
  moved_ = false;
  body_end_.reset();
  refused_.reset();
  ContentServices& services = file_.services();
  Clock& clock = services.clock;
  link_ = file_.link_to(url);
  link_->begin(clock.now());
  status_ = 0;
  // By destructor: one that is cancelled has been a request as well. What unwinds at the end may outlive the services.
  struct End {
    Fetch& fetch;
    Metrics& metrics;
    std::string code;
    ~End() {
      fetch.link_->end();
      if (code.empty()) code = fetch.status_ != 0 ? std::to_string(fetch.status_) : fetch.asking_ ? "cancelled" : "";
      if (!code.empty()) metrics.media_requests(code).Increment();
      fetch.asking_ = false;
    }
  } end{*this, services.metrics, {}};
  Hedge hedge(services.loop, services.transport, clock, services.metrics, *link_, *this,
              [this] { return waiting > 0; });
  HttpRequest question = request(std::move(url));
  auto answer = co_await hedge.perform(std::move(question));
  end.code = answer ? std::to_string(answer->status) : "error";
  if (answer && body_end_ && position_ == *body_end_ && !passing_) {
    link_->transferred(position_ - body_begin_, clock.now() - body_began_);
  }
  co_return answer;
}

Fetch::Verdict Fetch::judge(const Result<ResponseHead>& answer) const {
  const std::string name = to_string(file_.key());
  if (file_.changed()) return {Next::Fail, file_.change()};
  if (refused_) return {endless_ ? Next::Fail : Next::Retry, *refused_, "answer"};
  if (complete()) return {Next::Done, {}};
  if (!answer) {
    // A URL that must not be asked will not be better the next time.
    const bool final = answer.error().code == Errc::Invalid;
    const bool throttled = answer.error().code == Errc::Throttled;
    return {final ? Next::Fail : Next::Retry,
            {throttled ? Errc::Throttled : Errc::Unavailable, name + ": " + answer.error().what},
            throttled ? "status"
            : stalled ? "stall"
                      : "network"};
  }
  const int status = answer->status;
  const Error answered{status == 429 ? Errc::Throttled : Errc::Unavailable,
                       fmt::format("{}: the media server answered {}", name, status)};
  switch (status) {
    case 200:
    case 206:
      // A part of what was asked for, whole in itself, is no fault: the rest is the next question.
      if (moved_ && body_end_ && position_ >= *body_end_) return {Next::GoOn, {}};
      return {Next::Retry, {Errc::Unavailable, name + ": the answer ended early"}, "short"};
    case 401:
    case 403:
    case 404:
    case 410: return {Next::Renew, answered, "expired_url"};
    case 408:
    case 425:
    case 429: return {Next::Retry, answered, "status"};
    default: return {status >= 500 ? Next::Retry : Next::Fail, answered, "status"};
  }
}

Flow Fetch::refuse(const char* why) {
  refused_ = Error{Errc::Unavailable,
                   fmt::format("{}: the media server's answer is unusable: {}", to_string(file_.key()), why)};
  return Flow::Stop;
}

Flow Fetch::refuse_part(const char* why) {
  // The size is still to be learnt, and the file is most likely small: ask for all of it.
  if (!file_.size()) ask_for_range_ = false;
  return refuse(why);
}

Flow Fetch::on_head(const ResponseHead& head) {
  status_ = head.status;
  if (head.status == 416) return on_no_range(head);
  if (head.status != 200 && head.status != 206) return Flow::Stop;
  if (!head.content_encoding.empty() && !begins_with(head.content_encoding, "identity")) {
    return refuse("it is encoded");
  }
  if (begins_with(head.content_type, "text/html")) return refuse("it is a web page");
  if (!file_.same_version(head)) return Flow::Stop;
  link_->answered(head.latency);
  file_.services().metrics.media_first_byte.Observe(std::chrono::duration<double>(head.latency).count());
  body_began_ = file_.services().clock.now();
  body_begin_ = head.status == 206 ? position_ : 0;
  return head.status == 206 ? on_partial(head) : on_whole(head);
}

Flow Fetch::on_no_range(const ResponseHead& head) {
  const auto total = head.content_range ? head.content_range->total : std::nullopt;
  if (!file_.size()) {
    if (total != std::uint64_t{0}) return refuse_part("416 without the size");
    file_.learn_size(0);  // how most servers answer a range of an empty file
    return Flow::Stop;
  }
  if (!total || total == file_.size()) return refuse("416 for a range that it has");
  file_.set_changed("it is shorter than announced");
  return Flow::Stop;
}

Flow Fetch::on_partial(const ResponseHead& head) {
  if (!head.content_range || !head.content_range->range) return refuse_part("206 without a usable Content-Range");
  const ContentRange& range = *head.content_range;
  if (range.total && file_.size() && *range.total != *file_.size()) {
    file_.set_changed("its size is not the announced one");
    return Flow::Stop;
  }
  if (range.range->begin != position_) return refuse_part("206 with another range than asked for");
  if (!file_.size()) {
    if (!range.total || *range.total > kLargest) return refuse_part("206 without a usable size of the whole");
    file_.learn_size(*range.total);
  }
  range_.end = std::min(range_.end, *file_.size());
  body_end_ = range.range->end;
  return Flow::Continue;
}

Flow Fetch::on_whole(const ResponseHead& head) {
  if (head.content_length && file_.size() && *head.content_length != *file_.size()) {
    file_.set_changed("its size is not the announced one");
    return Flow::Stop;
  }
  const bool probing = !file_.size();
  if (!probing && file_.needs_no_pass(*this)) {
    needless_ = true;
    return Flow::Stop;
  }
  if (head.content_length && *head.content_length > kLargest) return refuse("it is longer than a file can be");
  body_end_ = head.content_length;
  if (!passing_ && !probing) high_water_ = 0;  // what the first pass brings is new
  position_ = run_begin_ = 0;
  release_block();
  if (probing) {
    // Without a length the end has to be read up to: it is what tells the size.
    if (head.content_length) file_.learn_size(*head.content_length);
    const std::uint64_t end = head.content_length.value_or(kNoEnd);
    range_ = {0, head.content_length && end > kProbeReadsOn ? kProbeSize : end};
    return Flow::Continue;
  }
  range_ = {0, *file_.size()};
  passing_ = true;
  file_.passes(*this);
  return Flow::Continue;
}

Flow Fetch::on_data(std::span<const std::byte> data) {
  const std::uint64_t end = std::min(range_.end, body_end_.value_or(kNoEnd));
  if (position_ < end && passing_ && position_ >= limit_) {
    needless_ = crowded && crowded();
    return needless_ ? Flow::Stop : Flow::Pause;
  }
  if (!file_.size() && position_ + data.size() > kLongestUnknown) {
    endless_ = true;
    return refuse("it has no end");
  }
  const bool beyond = data.size() > end - position_;
  if (beyond && end == file_.size()) {
    file_.set_changed("it is longer than announced");
    return Flow::Stop;
  }
  if (beyond) data = data.first(static_cast<std::size_t>(end - position_));
  file_.services().metrics.media_bytes.Increment(static_cast<double>(data.size()));
  link_->received(data.size(), file_.services().clock.now());
  store(data);
  position_ += data.size();
  // By the page: who sends a few bytes with each try, one after the other, would be asked for years.
  if ((position_ / kPageSize > high_water_ / kPageSize || position_ >= range_.end) && position_ > high_water_) {
    moved_ = true;
    if (waiting > 0) file_.services().reads.bytes_came();
  }
  high_water_ = std::max(high_water_, position_);
  progress.notify_all();
  // The end of the body is left to come by itself: the connection can then be used again.
  const bool more_to_come = body_end_ && *body_end_ > range_.end && position_ >= range_.end;
  return beyond || more_to_come ? Flow::Stop : Flow::Continue;
}

void Fetch::leave() { release_block(); }

void Fetch::release_block() {
  if (block_) file_.keep_on_disk(std::exchange(block_, nullptr));
}

void Fetch::store(std::span<const std::byte> data) {
  const std::uint64_t end = position_ + data.size();
  const std::uint64_t file_end = file_.size().value_or(kNoEnd);
  for (std::uint64_t index = position_ / kBlockSize; index * kBlockSize < end; ++index) {
    // Found anew each time, even where it is the same: a block that is being filled is not the next one to evict.
    if (block_ && block_->index() != index) release_block();
    block_ = file_.block_to_fill(index);
    const PageSet before = block_->pages();
    block_->add(run_begin_, position_, data, file_end);
    block_->fetched(block_->pages() & ~before);
  }
}

}  // namespace g2afs
