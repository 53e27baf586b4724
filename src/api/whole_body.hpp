// SPDX-License-Identifier: MIT
// A sink that keeps a whole body in memory, up to a bound. Loop thread only.
#pragma once

#include <cstddef>
#include <string>

#include "g2afs/net/transport.hpp"

namespace g2afs {

class WholeBody final : public BodySink {
 public:
  explicit WholeBody(std::size_t limit) : limit_(limit) {}

  Flow on_head(const ResponseHead& head) override { return check(head.content_length.value_or(0)); }

  Flow on_data(std::span<const std::byte> data) override {
    if (check(text_.size() + data.size()) == Flow::Stop) return Flow::Stop;
    text_.append(reinterpret_cast<const char*>(data.data()), data.size());
    return Flow::Continue;
  }

  /// The transfer was ended because the body is larger than the limit; text() is of no use then.
  bool too_large() const { return too_large_; }
  const std::string& text() const { return text_; }

 private:
  Flow check(std::uint64_t size) {
    too_large_ = too_large_ || size > limit_;
    return too_large_ ? Flow::Stop : Flow::Continue;
  }

  const std::size_t limit_;
  std::string text_;
  bool too_large_ = false;
};

}  // namespace g2afs
