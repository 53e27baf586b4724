// SPDX-License-Identifier: MIT
#include "sim/byte_range.hpp"

#include <algorithm>

#include "sim/http_message.hpp"

namespace g2a_sim {

ByteRange parse_range(std::optional<std::string_view> header, std::uint64_t size) {
  const ByteRange whole;
  const ByteRange unsatisfiable{ByteRange::Kind::kUnsatisfiable, 0, 0};
  if (!header || !header->starts_with("bytes=")) return whole;
  const std::string_view spec = header->substr(6);
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos) return whole;
  const std::string_view before = spec.substr(0, dash);
  const std::string_view after = spec.substr(dash + 1);

  if (before.empty()) {
    const auto count = parse_unsigned(after);
    if (!count) return whole;
    if (*count == 0 || size == 0) return unsatisfiable;
    return {ByteRange::Kind::kPartial, size - std::min(*count, size), size - 1};
  }
  const auto first = parse_unsigned(before);
  const auto last = after.empty() ? std::optional<std::uint64_t>(UINT64_MAX) : parse_unsigned(after);
  if (!first || !last || *first > *last) return whole;
  if (*first >= size) return unsatisfiable;
  return {ByteRange::Kind::kPartial, *first, std::min(*last, size - 1)};
}

}  // namespace g2a_sim
