// SPDX-License-Identifier: MIT
// What the readers of the wire format share: a JSON text of bounded size, scalars read strictly, and the
// lines that say what was left out. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "g2afs/base/error.hpp"

namespace g2afs::wire {

/// A full `urls` answer is below 1 MB and some 5,000 values four levels deep: these bounds stop an answer
/// from taking the machine's memory, not a vendor who adds to the format.
inline constexpr std::size_t kMaxBody = std::size_t{64} << 20;
inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxValues = 1'000'000;

/// Unavailable if the body is no JSON text or exceeds a bound. Throws nothing.
Result<nlohmann::json> parse_body(std::string_view body);

/// A member of an object; null if it is missing or JSON's null.
const nlohmann::json* find_member(const nlohmann::json& object, const char* name);

/// A JSON integer or a decimal string, 0 to 2^64-1 and never through a double; nothing for anything else.
std::optional<std::uint64_t> read_decimal(const nlohmann::json& value);

/// The text of a string member; empty if it is missing, null or no string.
std::string text_member(const nlohmann::json& object, const char* name);

/// Collects a line for each part of an answer that was left out: the first kMaxLines, then one with the
/// number of the others.
class Rejections {
 public:
  void add(std::string line);
  std::vector<std::string> take();

 private:
  static constexpr std::size_t kMaxLines = 1'000;  // two whole arrays of 500
  std::vector<std::string> lines_;
  std::size_t others_ = 0;
};

}  // namespace g2afs::wire
