// SPDX-License-Identifier: MIT
#include "first_byte.hpp"

#include <string>

namespace g2afs {
namespace {

/// The head tells all.
class Head : public BodySink {
 public:
  Flow on_head(const ResponseHead&) override { return Flow::Continue; }
  // Its end is left to come by itself, unless all was sent for the one byte.
  Flow on_data(std::span<const std::byte> data) override { return data.size() > 1 ? Flow::Stop : Flow::Continue; }
};

}  // namespace

Task<bool> FirstByte::comes(FileKey key, Priority priority) {
  auto url = co_await services_.urls.url(key);
  if (!url) co_return false;
  HttpRequest request;
  request.purpose = Purpose::Media;
  request.priority = priority;
  request.url = std::move(*url);
  request.range = ByteRange{0, 1};
  Head head;
  const auto answer = co_await services_.transport.perform(std::move(request), head);
  services_.metrics.media_requests(answer ? std::to_string(answer->status) : "error").Increment();
  co_return answer && (answer->status == 200 || answer->status == 206 || answer->status == 416);
}

}  // namespace g2afs
