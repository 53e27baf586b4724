// SPDX-License-Identifier: MIT
// The Range header (RFC 9110, 14.2): one range of bytes; several, or a malformed one, are ignored as the RFC
// allows. Any thread: pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace g2a_sim {

struct ByteRange {
  enum class Kind { kWhole, kPartial, kUnsatisfiable };
  Kind kind = Kind::kWhole;
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // inclusive
};

ByteRange parse_range(std::optional<std::string_view> header, std::uint64_t size);

}  // namespace g2a_sim
