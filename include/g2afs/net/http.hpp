// SPDX-License-Identifier: MIT
// The words of HTTP that g2afs speaks: byte ranges, the head of a response, and the parsers of the headers it obeys
// (RFC 9110). Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace g2afs {

/// Bytes [begin, end) of an object.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const { return end - begin; }
  bool operator==(const ByteRange&) const = default;
};

/// `Content-Range: bytes 0-99/1234`; `total` is absent for `*`, `range` is absent for the `bytes */1234` of a 416.
struct ContentRange {
  std::optional<ByteRange> range;
  std::optional<std::uint64_t> total;
};
std::optional<ContentRange> parse_content_range(std::string_view value);

/// Seconds, or an HTTP date seen from `now`; never negative. Nothing for any other text.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now);

/// One of the three forms of an HTTP date; nothing for any other text.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view value);

/// What is known once the headers of the final answer (after redirects) are in.
struct ResponseHead {
  int status = 0;
  std::optional<std::uint64_t> content_length;
  std::optional<ContentRange> content_range;
  std::string content_type;
  std::string content_encoding;
  std::string etag;
  std::string last_modified;
  std::optional<std::chrono::seconds> retry_after;
  std::optional<std::chrono::sys_seconds> date;
  /// From when the request could be sent to the end of this head.
  std::chrono::nanoseconds latency{};
};

}  // namespace g2afs
