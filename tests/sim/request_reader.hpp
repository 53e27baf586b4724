// SPDX-License-Identifier: MIT
// Reads requests from one connection; Boost.Beast's parser does the parsing. The connection's thread only.
#pragma once

#include <string>

#include "sim/http_message.hpp"

namespace g2a_sim {

class RequestReader {
 public:
  RequestReader(int socket, int idle_seconds) : socket_(socket), idle_seconds_(idle_seconds) {}

  enum class Outcome { kRequest, kClosed, kMalformed };
  Outcome read(HttpRequest& request);

 private:
  int socket_;
  int idle_seconds_;
  std::string buffer_;  // received, not parsed yet
};

}  // namespace g2a_sim
