// SPDX-License-Identifier: MIT
// Deterministic pseudo-randomness: everything the simulator invents is a hash of the seed and of what it is
// for. Any thread: pure functions.
#pragma once

#include <cstdint>

namespace g2a_sim {

inline constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;

// The output function of splitmix64 (Steele, Lea, Flood 2014): every input bit moves every output bit.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

constexpr std::uint64_t hash_of(std::uint64_t seed) { return mix64(seed + kGolden); }

template <typename... Rest>
constexpr std::uint64_t hash_of(std::uint64_t seed, std::uint64_t next, Rest... rest) {
  return hash_of(mix64(seed + kGolden) ^ next, rest...);
}

// Uniform in [0, 1).
constexpr double unit_interval(std::uint64_t hash) { return static_cast<double>(hash >> 11) * 0x1.0p-53; }

// True for `percent` of all hashes.
constexpr bool chance(std::uint64_t hash, double percent) { return unit_interval(hash) * 100.0 < percent; }

}  // namespace g2a_sim
