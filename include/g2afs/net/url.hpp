// SPDX-License-Identifier: MIT
// An absolute http or https URL that cannot be logged by accident. Any thread (a value type).
//
// Whoever knows a media URL can read the recording (API.md), so text() is for the wire only and every log line takes
// redacted(), which stops after the origin. There is no fmt or stream operator.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "g2afs/base/error.hpp"

namespace g2afs {

class Url {
 public:
  /// Invalid for anything but an absolute URL with scheme http or https and a host. User and password are refused.
  static Result<Url> parse(std::string_view text);

  const std::string& text() const { return text_; }
  const std::string& scheme() const { return scheme_; }
  /// Lower case; an IPv6 address without its brackets.
  const std::string& host() const { return host_; }
  std::uint16_t port() const { return port_; }
  /// Percent-encoded, from the first slash; "/" at least.
  const std::string& path() const { return path_; }

  bool secure() const { return scheme_ == "https"; }
  bool same_origin(const Url& other) const {
    return scheme_ == other.scheme_ && host_ == other.host_ && port_ == other.port_;
  }
  /// `localhost`, 127.0.0.0/8 or ::1 by name; no look-up is made.
  bool loopback() const;
  /// `https://host:port`, the same for all URLs of one origin.
  std::string origin() const;
  /// `https://host:port/…`
  std::string redacted() const;

 private:
  std::string text_, scheme_, host_, path_;
  std::uint16_t port_ = 0;
};

}  // namespace g2afs
