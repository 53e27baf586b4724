// SPDX-License-Identifier: MIT
#include "g2afs/app/suggest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace g2afs {
namespace {

/// Levenshtein's: insertions, deletions and replacements that make one of the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string_view> names) {
  constexpr std::size_t kTypos = 2;
  constexpr std::size_t kLongest = 64;  // no name is near a longer word: do not compare
  if (word.size() > kLongest) return {};
  std::string_view nearest;
  std::size_t best = std::min(kTypos + 1, (word.size() + 1) / 2);
  for (const std::string_view name : names) {
    if (const std::size_t distance = edit_distance(word, name); distance < best) {
      nearest = name;
      best = distance;
    }
  }
  return nearest.empty() ? std::string() : fmt::format("; did you mean {}?", nearest);
}

}  // namespace g2afs
