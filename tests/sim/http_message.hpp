// SPDX-License-Identifier: MIT
// HTTP requests as they came and responses as they shall go out, wounds included. Plain data.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/byte_source.hpp"

namespace g2a_sim {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string target;  // as it came
  std::string path;    // decoded, without the query
  Fields query;        // decoded, in order
  Fields headers;
  std::string body;
  std::uint64_t connection = 0;  // number of the connection it came on
  bool keep_alive = true;

  // The value of a header, by any case of its name; nothing when it is absent.
  std::optional<std::string_view> header(std::string_view name) const;
  // "GET /x HTTP/1.1", without the line end.
  std::size_t request_line_bytes() const { return method.size() + target.size() + 10; }
};

// How the bytes go out. Anything but kNormal is a fault.
struct Delivery {
  enum class Kind { kNormal, kReset, kClose, kTruncate, kStall, kDrip, kGarbage };
  Kind kind = Kind::kNormal;
  // Body bytes that still go out before it happens; absent: it happens before the head.
  std::optional<std::uint64_t> after_bytes;
  double seconds = 0;                     // of a stall; 0 is until released
  std::uint64_t bytes_per_second = 1024;  // of a drip
};

struct HttpResponse {
  int status = 200;
  Fields headers;
  // The body: a text, or `length` bytes of `source` from `offset`.
  std::string body;
  std::shared_ptr<const ByteSource> source;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  std::int64_t date_ms = 0;  // of the Date header; 0: none
  double delay_seconds = 0;  // before the head
  Delivery delivery;
  bool close = false;
  std::string note;  // for the request log: why it was refused

  std::uint64_t body_size() const { return source ? length : body.size(); }
};

HttpResponse text_response(int status, std::string body, std::string content_type);
HttpResponse json_response(int status, std::string body);
// An error in the service's manner: {"errorCode":…,"message":…}; the message goes into the log too.
HttpResponse error_response(int status, const std::string& message);

// Percent-decoding; '+' is a blank in queries and forms. Nothing when an escape is malformed.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank);
std::string percent_encode(std::string_view text);
// a=1&b=2; nothing when an escape is malformed.
std::optional<Fields> parse_form(std::string_view text);
std::optional<std::string> form_value(const Fields& fields, std::string_view name);
std::optional<std::string> base64_decode(std::string_view text);
// Decimal digits only, up to 2^64-1.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

}  // namespace g2a_sim
