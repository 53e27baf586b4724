// SPDX-License-Identifier: MIT
// A media host behind FakeTransport: objects with expiring URLs, served by ranges in pieces of random size across turns
// of the loop, with the faults a test switches on. Loop thread only.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "fakes/fake_transport.hpp"

#include "g2afs/base/ids.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/event.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs::test {

/// `size` bytes that depend on `seed` and on their place, without a period that a block could hide.
inline std::string make_bytes(std::size_t size, std::uint32_t seed = 1) {
  std::string bytes(size, '\0');
  std::uint64_t word = 0x9E3779B97F4A7C15ULL * (seed + 1ULL);
  for (std::size_t at = 0; at < size; at += sizeof word) {
    word ^= word << 13, word ^= word >> 7, word ^= word << 17;  // xorshift64
    std::memcpy(bytes.data() + at, &word, std::min(sizeof word, size - at));
  }
  return bytes;
}

/// How one request is answered; as it stands, as a good server does.
struct MediaBehaviour {
  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

  int status = 0;  // other than 0: this status and no content
  std::optional<std::chrono::seconds> retry_after = {};
  bool refuse_connection = false;
  bool throttled = false;  // the transport does not even ask
  bool stall = false;      // the transport gives up waiting for an answer
  bool never_answer = false;
  bool ignore_ranges = false;
  bool announce_length = true;              // false: chunked
  std::uint64_t longest_part = kUnlimited;  // 206 with no more than so many bytes, and a Content-Range that says so
  std::uint64_t cut_after = kUnlimited;     // the connection breaks after so many bytes of the body
  std::uint64_t end_after = kUnlimited;     // the body ends well after so many bytes
  std::string extra = {};                   // follows the body, unannounced
  bool content_range = true;
  bool total_unknown = false;    // Content-Range: bytes 0-99/*
  std::int64_t range_shift = 0;  // Content-Range names bytes so far off
  std::int64_t total_shift = 0;  // and a total so far off
  std::string content_type = "video/mp4";
  std::string content_encoding = {};
  bool tags = true;  // ETag and Last-Modified
  bool etag = true, last_modified = true;
  std::chrono::milliseconds delay = {};  // to the head; needs FakeMediaServer::clock
};

class FakeMediaServer {
 public:
  struct Object {
    std::string bytes;
    std::string etag = "\"1\"";
    std::string last_modified = "Thu, 24 Nov 2016 10:30:00 GMT";
    int generation = 1;  // of its URLs; older ones are expired
  };
  /// One request and what became of it.
  struct Asked {
    FileKey key;
    std::optional<ByteRange> range;
    Priority priority = Priority::Interactive;
    std::uint64_t sent = 0;  // bytes of body that were taken
  };

  explicit FakeMediaServer(std::uint32_t seed = 1) : random_(seed) {}

  // What there is.

  Object& put(FileKey key, std::string bytes) {
    Object& object = objects_[key];
    object.bytes = std::move(bytes);
    return object;
  }
  Object& at(FileKey key) { return objects_.at(key); }
  bool has(FileKey key) const { return objects_.count(key) != 0; }
  void remove(FileKey key) { objects_.erase(key); }
  /// The same file with other content; its size may differ.
  void replace(FileKey key, std::string bytes) {
    Object& object = objects_.at(key);
    object.bytes = std::move(bytes);
    object.etag = "\"" + std::to_string(++versions_) + "\"";
    object.last_modified = "Fri, 25 Nov 2016 10:30:" + std::to_string(10 + versions_ % 50) + " GMT";
  }
  /// A URL that is good until expire().
  Url url(FileKey key) {
    const auto found = objects_.find(key);
    const int generation = found == objects_.end() ? 0 : found->second.generation;
    const std::string kind = key.kind == FileKind::Video ? "mp4" : key.kind == FileKind::Events ? "events" : "jpg";
    const std::string text =
        "https://media.example/" + to_string(key.id) + "." + kind + "?random=" + std::to_string(generation);
    issued_[text] = {key, generation};
    return Url::parse(text).value();
  }
  void expire(FileKey key) { ++objects_.at(key).generation; }

  // How it answers.

  /// Each request takes the first of `next`, else asks `choose` if that is set, else takes `behaviour`.
  MediaBehaviour behaviour;
  std::deque<MediaBehaviour> next;
  std::function<MediaBehaviour()> choose;
  Clock* clock = nullptr;
  int expired_status = 403;
  std::size_t largest_piece = 64 * 1024;
  int most_turns = 2;  // of the loop, between pieces
  /// Called with each request before it is answered, and after each piece that was taken.
  std::function<void(const Asked&)> on_request, on_piece;

  // What was asked.

  std::list<Asked> asked;
  std::uint64_t bytes_sent = 0;
  int under_way = 0, most_under_way = 0;
  int overlaps = 0;  // requests for bytes of an object that another request was still to bring
  /// Bytes asked for by all requests that were answered with content.
  std::uint64_t bytes_asked() const {
    std::uint64_t bytes = 0;
    for (const Asked& one : asked) bytes += one.range ? one.range->size() : 0;
    return bytes;
  }

  Task<Result<ResponseHead>> serve(const HttpRequest& request, BodySink& sink) {
    const auto issued = issued_.find(request.url.text());
    if (issued == issued_.end()) co_return fail(Errc::Unavailable, "a URL that was never issued");
    const auto [key, generation] = issued->second;
    const auto place = asked.insert(asked.end(), Asked{key, request.range, request.priority, 0});
    Asked& one = *place;
    note_overlap(one);
    const Active active(*this, one);
    if (on_request) on_request(one);
    MediaBehaviour how = behave();
    co_await turns();
    while (how.never_answer) co_await never_.wait();
    if (how.delay.count() > 0 && clock != nullptr) co_await clock->sleep(how.delay);
    if (how.refuse_connection) co_return fail(Errc::Unavailable, "connection refused");
    if (how.throttled) co_return fail(Errc::Throttled, "the host refuses");
    if (how.stall) {
      sink.stalled = true;
      co_return fail(Errc::Unavailable, "stalled");
    }

    const auto found = objects_.find(key);
    ResponseHead head;
    if (found == objects_.end()) {
      head.status = 404;
    } else if (generation != found->second.generation) {
      head.status = expired_status;
    } else {
      head.status = how.status;
    }
    if (head.status != 0) {
      head.retry_after = how.retry_after;
      sink.on_head(head);
      co_return head;
    }
    co_return co_await send(found->second, one, std::move(how), sink);
  }

 private:
  struct Active {
    FakeMediaServer& server;
    Asked& one;
    Active(FakeMediaServer& owner, Asked& asked) : server(owner), one(asked) {
      server.active_.push_back(&one);
      server.most_under_way = std::max(server.most_under_way, ++server.under_way);
    }
    ~Active() {
      std::erase(server.active_, &one);
      --server.under_way;
    }
  };

  static std::uint64_t size_after_shift(std::uint64_t value, std::int64_t shift) {
    return value + static_cast<std::uint64_t>(shift);
  }

  MediaBehaviour behave() {
    if (next.empty()) return choose ? choose() : behaviour;
    MediaBehaviour first = std::move(next.front());
    next.pop_front();
    return first;
  }

  void note_overlap(const Asked& one) {
    if (!one.range) return;
    for (const Asked* other : active_) {
      if (other->key != one.key || !other->range) continue;
      const std::uint64_t from = other->range->begin + other->sent;
      if (from < one.range->end && one.range->begin < other->range->end) ++overlaps;
    }
  }

  Task<> turns() {
    const auto executor = co_await asio::this_coro::executor;
    const int count = std::uniform_int_distribution<int>(0, most_turns)(random_);
    for (int i = 0; i < count; ++i) co_await asio::post(executor, asio::use_awaitable);
  }

  Task<Result<ResponseHead>> send(const Object& object, Asked& one, MediaBehaviour how, BodySink& sink) {
    ResponseHead head;
    const std::string& bytes = object.bytes;
    head.content_type = how.content_type;
    head.content_encoding = how.content_encoding;
    if (how.tags) {
      if (how.etag) head.etag = object.etag;
      if (how.last_modified) head.last_modified = object.last_modified;
    }
    ByteRange range{0, bytes.size()};
    if (!one.range || how.ignore_ranges) {
      head.status = 200;
    } else if (one.range->begin >= bytes.size()) {
      head.status = 416;
      if (how.content_range) head.content_range = ContentRange{std::nullopt, bytes.size()};
      sink.on_head(head);
      co_return head;
    } else {
      head.status = 206;
      range = {one.range->begin, std::min<std::uint64_t>(one.range->end, bytes.size())};
      if (range.size() > how.longest_part) range.end = range.begin + how.longest_part;
      if (how.content_range) {
        head.content_range = ContentRange{
            ByteRange{size_after_shift(range.begin, how.range_shift), size_after_shift(range.end, how.range_shift)},
            size_after_shift(bytes.size(), how.total_shift)};
        if (how.total_unknown) head.content_range->total.reset();
      }
    }
    if (how.announce_length) head.content_length = range.size();
    // A copy: the object may be replaced while it is being sent, as a file that a server holds open.
    std::string body = bytes.substr(range.begin, range.size()) + how.extra;
    co_return co_await send_body(head, std::move(body), one, std::move(how), sink);
  }

  Task<Result<ResponseHead>> send_body(ResponseHead head, std::string body, Asked& one, MediaBehaviour how,
                                       BodySink& sink) {
    if (sink.on_head(head) == Flow::Stop) co_return head;
    Resumable resumable(sink);
    const std::uint64_t end = std::min<std::uint64_t>({body.size(), how.cut_after, how.end_after});
    for (std::uint64_t at = 0; at < end;) {
      co_await turns();
      const std::uint64_t most = std::min<std::uint64_t>(largest_piece, end - at);
      const std::uint64_t size = std::uniform_int_distribution<std::uint64_t>(1, most)(random_);
      const Flow flow = sink.on_data(bytes_of(std::string_view(body).substr(at, size)));
      if (flow == Flow::Pause) {
        co_await resumable.resumed.wait();
        continue;
      }
      at += size;
      one.sent += size;
      bytes_sent += size;
      if (on_piece) on_piece(one);
      if (flow == Flow::Stop) co_return head;
    }
    co_await turns();
    if (how.cut_after < body.size()) co_return fail(Errc::Unavailable, "the connection broke");
    co_return head;
  }

  std::map<FileKey, Object> objects_;
  std::map<std::string, std::pair<FileKey, int>> issued_;
  std::list<Asked*> active_;
  std::minstd_rand random_;
  int versions_ = 1;
  Event never_;
};

}  // namespace g2afs::test
