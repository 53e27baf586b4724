// SPDX-License-Identifier: MIT
#include "g2afs/app/config_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "g2afs/base/ids.hpp"

namespace g2afs {
namespace {

tl::unexpected<Error> must(std::string_view what) { return fail(Errc::Invalid, fmt::format("must {}", what)); }

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// Below, a reader has no room for a range and what runs ahead of it.
constexpr std::uint64_t kLeastMemory = 8 << 20;

}  // namespace

Result<std::string> parse_word(std::string_view text) {
  const bool visible = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (text.empty() || !visible) return must("be printable ASCII without spaces");
  return std::string(text);
}

Result<Secret> parse_secret(std::string_view text) {
  return parse_word(text).map([](std::string word) { return Secret(std::move(word)); });
}

Result<std::string> parse_query_name(std::string_view text) {
  constexpr std::string_view kMarks = "_-.[]";
  const bool sane = std::all_of(text.begin(), text.end(),
                                [&](char c) { return is_alphanumeric(c) || kMarks.find(c) != std::string_view::npos; });
  if (text.empty() || !sane) return must("be a query parameter's name: letters, digits and _-.[]");
  return std::string(text);
}

Result<bool> parse_bool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return must("be true or false");
}

Result<Url> parse_url(std::string_view text) {
  auto url = Url::parse(text);
  if (!url) return must("be an absolute http or https URL without user and password");
  return url;
}

Result<std::filesystem::path> parse_path(std::string_view text, const ValueOrigin& origin) {
  if (text.empty()) return must("be a path");
  if (text != "~" && !text.starts_with("~/")) return origin.directory / text;
  if (origin.home.empty()) return must("be an absolute path where HOME is not set");
  return std::filesystem::path(origin.home + std::string(text.substr(1)));
}

Result<std::uint64_t> parse_key(std::string_view text) {
  if (const auto key = parse_decimal(text)) return *key;
  return must("be a whole number up to 18446744073709551615");
}

Result<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view kSuffixes = "KkMmGgTt";
  unsigned shift = 0;
  std::string_view digits = text;
  if (const auto at = text.empty() ? std::string_view::npos : kSuffixes.find(text.back());
      at != std::string_view::npos) {
    shift = 10 * (static_cast<unsigned>(at) / 2 + 1);
    digits.remove_suffix(1);
  }
  const auto count = parse_decimal(digits);
  if (!count) return must("be a number of bytes, or one with K, M, G or T");
  if (*count > std::numeric_limits<std::uint64_t>::max() >> shift) return must("be below 16777216T");
  return *count << shift;
}

Result<std::uint64_t> parse_memory(std::string_view text) {
  auto size = parse_size(text);
  if (size && *size < kLeastMemory) return must("be at least 8M");
  return size;
}

Result<std::chrono::milliseconds> parse_seconds(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(seconds)) {
    return must("be a number of seconds");
  }
  constexpr double kLeast = 0.001, kMost = 366.0 * 86'400;
  if (seconds < kLeast || seconds > kMost) return must("be a number of seconds above 0 and up to a year");
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

Result<int> parse_whole_between(std::string_view text, int low, int high) {
  const auto number = parse_decimal(text);
  if (!number || *number < static_cast<std::uint64_t>(low) || *number > static_cast<std::uint64_t>(high)) {
    return must(fmt::format("be a whole number from {} to {}", low, high));
  }
  return static_cast<int>(*number);
}

}  // namespace g2afs
