// SPDX-License-Identifier: MIT
// The vendor as the tests of this room script it: a function from request to reply behind a FakeTransport,
// with the loop, the clock and what else a client needs around it. Loop thread only.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <spdlog/sinks/ostream_sink.h>

#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"

#include "g2afs/api/types.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/base/metrics.hpp"

namespace g2afs::test {

/// What the server does with one request: an answer, or an error of the transport.
struct Reply {
  int status = 200;
  std::string body = {};
  std::optional<std::chrono::seconds> retry_after = {};
  std::optional<Error> error = {};
  Duration delay = {};                               // before the answer
  std::optional<std::uint64_t> content_length = {};  // as announced
};

class ApiServer {
 public:
  std::function<Reply(const HttpRequest&)> handler;

  Loop loop;
  FakeClock clock;
  FakeTransport transport;
  Metrics metrics;
  std::ostringstream logged;
  std::shared_ptr<Log> log = std::make_shared<Log>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged));
  int most_under_way = 0;

  ApiServer() {
    transport.server = [this](const HttpRequest& request, BodySink& sink) { return serve(request, sink); };
  }

  /// Of all requests so far, those whose path ends so.
  std::vector<HttpRequest> requests(std::string_view path_end) const {
    std::vector<HttpRequest> found;
    for (const HttpRequest& request : transport.requests) {
      if (request.url.path().ends_with(path_end)) found.push_back(request);
    }
    return found;
  }

  double retries(std::string_view reason) { return metrics.retries(reason).Value(); }

  /// How often `text` was logged.
  std::size_t count_in_log(std::string_view text) const {
    const std::string all = logged.str();
    std::size_t count = 0;
    for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
    return count;
  }

 private:
  Task<Result<ResponseHead>> serve(const HttpRequest& request, BodySink& sink) {
    most_under_way = std::max(most_under_way, transport.under_way);
    Reply reply = handler(request);
    if (reply.delay > Duration::zero()) co_await clock.sleep(reply.delay);
    if (reply.error) co_return fail(*reply.error);
    ResponseHead head;
    head.status = reply.status;
    head.retry_after = reply.retry_after;
    head.content_length = reply.content_length;
    co_return co_await FakeTransport::answer(sink, head, std::move(reply.body), std::size_t{1} << 20);
  }
};

inline Url url(std::string_view text) { return Url::parse(text).value(); }

/// The ids of a `urls` query of the default form.
inline std::vector<RecordingId> ids_of(const HttpRequest& request) {
  std::vector<RecordingId> ids;
  const std::string& text = request.url.text();
  std::istringstream query(text.substr(text.find('?') + 1));
  for (std::string pair; std::getline(query, pair, '&');) {
    ids.push_back(RecordingId{parse_decimal(pair.substr(pair.find('=') + 1)).value()});
  }
  return ids;
}

}  // namespace g2afs::test
