// SPDX-License-Identifier: MIT
// A transport that a test scripts: each request is handed to a coroutine that plays the server. Loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <limits>
#include <list>
#include <span>
#include <string>

#include "g2afs/net/concurrency.hpp"
#include "g2afs/net/event.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs::test {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

/// Lets a sink be resumed for the length of a transfer.
class Resumable {
 public:
  explicit Resumable(BodySink& sink) : sink_(sink) {
    sink_.resume = [this] { resumed.notify_all(); };
  }
  Resumable(const Resumable&) = delete;
  Resumable& operator=(const Resumable&) = delete;
  ~Resumable() { sink_.resume = nullptr; }

  Event resumed;

 private:
  BodySink& sink_;
};

class FakeTransport final : public Transport {
 public:
  using Server = std::function<Task<Result<ResponseHead>>(const HttpRequest&, BodySink&)>;

  explicit FakeTransport(Server script = {}) : server(std::move(script)) {}

  Task<Result<ResponseHead>> perform(HttpRequest request, BodySink& sink) override {
    if (connections.full()) {
      for (BodySink* other : sinks_) {
        if (other->resume) other->resume();
      }
    }
    const Gate::Permit permit = co_await connections.enter(static_cast<int>(request.priority));
    requests.push_back(request);
    ++under_way;
    sinks_.push_back(&sink);
    sink.crowded = [this] { return connections.waiting() > 0; };
    sink.stalled = false;
    sink.reached = Reached::Nothing;
    sink.on_sent();
    struct Leave {
      FakeTransport& self;
      BodySink* sink;
      ~Leave() {
        sink->crowded = nullptr;
        self.sinks_.remove(sink);
        --self.under_way;
      }
    } leave{*this, &sink};
    auto head = co_await server(requests.back(), sink);
    if (head) sink.reached = Reached::Answer;
    co_return head;
  }
  /// Feeds a whole answer, in pieces of `piece` bytes, waiting where the sink pauses.
  static Task<Result<ResponseHead>> answer(BodySink& sink, ResponseHead head, std::string body,
                                           std::size_t piece = 16 * 1024) {
    if (sink.on_head(head) == Flow::Stop) co_return head;
    Resumable resumable(sink);
    std::size_t at = 0;
    while (at < body.size()) {
      const auto part = std::string_view(body).substr(at, piece);
      const Flow flow = sink.on_data(bytes_of(part));
      if (flow == Flow::Stop) co_return head;
      if (flow == Flow::Pause) {
        co_await resumable.resumed.wait();
      } else {
        at += part.size();
      }
    }
    co_return head;
  }

  Server server;
  /// For requests of all kinds; one who has to wait is not in `requests` yet.
  Gate connections{std::numeric_limits<std::size_t>::max()};
  std::deque<HttpRequest> requests;
  int under_way = 0;

 private:
  std::list<BodySink*> sinks_;
};

}  // namespace g2afs::test
