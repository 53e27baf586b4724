// SPDX-License-Identifier: MIT
// The real transport, watched: what has failed, and what has stalled. Loop thread only.
#pragma once

#include <functional>
#include <memory>

#include "fakes/fake_clock.hpp"

#include "g2afs/net/curl_transport.hpp"

namespace g2afs::test {

class WatchedTransport final : public Transport {
 public:
  WatchedTransport(Loop& loop, FakeClock& clock, CurlOptions options, Log& log, Duration timeout)
      : loop_(loop), clock_(clock), options_(std::move(options)), log_(log), timeout_(timeout) {
    renew();
  }

  Task<Result<ResponseHead>> perform(HttpRequest request, BodySink& sink) override {
    auto answer = co_await curl_->perform(std::move(request), sink);
    if (sink.stalled) clock_.advance(timeout_);  // it took a moment only
    if (!answer && on_failure) on_failure();
    co_return answer;
  }

  /// Forgets connections and names, as the real one does in the course of time. While nothing is under way.
  void renew() { curl_ = std::make_unique<CurlTransport>(loop_, clock_, options_, log_); }
  std::size_t on_the_wire() const { return curl_->on_the_wire(); }

  std::function<void()> on_failure;

 private:
  Loop& loop_;
  FakeClock& clock_;
  const CurlOptions options_;
  Log& log_;
  const Duration timeout_;
  std::unique_ptr<CurlTransport> curl_;
};

}  // namespace g2afs::test
