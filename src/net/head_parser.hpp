// SPDX-License-Identifier: MIT
// Reads the head of a response, line by line. Loop thread only.
//
// Interim answers (1xx) are passed over; whatever follows the final answer's head (trailers) is ignored. A
// header that makes no sense is as good as absent, but for Content-Range, where that must be known.
#pragma once

#include <string>
#include <string_view>

#include "g2afs/net/http.hpp"

namespace g2afs {

class HeadParser {
 public:
  /// One line as it came, with its line end. True for the line that ends the head of the final answer.
  bool take(std::string_view line);

  bool complete() const { return complete_; }
  const ResponseHead& head() const { return head_; }
  ResponseHead& head() { return head_; }
  const std::string& location() const { return location_; }

 private:
  void take_field(std::string_view name, std::string_view value);

  ResponseHead head_;
  std::string location_;
  bool chunked_ = false;
  bool complete_ = false;
};

}  // namespace g2afs
