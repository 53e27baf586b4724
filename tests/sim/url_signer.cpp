// SPDX-License-Identifier: MIT
#include "sim/url_signer.hpp"

#include <charconv>

#include <fmt/format.h>

#include "sim/random.hpp"

namespace g2a_sim {
namespace {

struct Mac {
  std::uint64_t high;
  std::uint64_t low;
};

Mac mac_of(std::uint64_t key, std::uint64_t id, FileKind kind, std::uint64_t time, std::uint64_t counter) {
  const auto k = static_cast<std::uint64_t>(kind);
  return {hash_of(key, 1, id, k, time, counter), hash_of(key, 2, id, k, time, counter)};
}

bool parse_word(std::string_view text, std::uint64_t& word) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), word, 16);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

}  // namespace

UrlSigner::UrlSigner(std::uint64_t seed, std::int64_t ttl_ms) : key_(hash_of(seed, 0x5167)), ttl_ms_(ttl_ms) {}

std::string UrlSigner::issue(std::uint64_t id, FileKind kind, std::int64_t now_ms) {
  const auto time = static_cast<std::uint64_t>(now_ms);
  const std::uint64_t counter = counter_.fetch_add(1);
  const Mac mac = mac_of(key_, id, kind, time, counter);
  return fmt::format("{:016x}{:016x}{:016x}{:016x}", mac.high, mac.low, time ^ hash_of(key_, mac.high, 3),
                     counter ^ hash_of(key_, mac.low, 4));
}

UrlSigner::Verdict UrlSigner::check(std::string_view token, std::uint64_t id, FileKind kind,
                                    std::int64_t now_ms) const {
  std::uint64_t words[4];
  if (token.size() != 64) return Verdict::kForged;
  for (std::size_t i = 0; i < 4; ++i) {
    if (!parse_word(token.substr(i * 16, 16), words[i])) return Verdict::kForged;
  }
  const std::uint64_t time = words[2] ^ hash_of(key_, words[0], 3);
  const std::uint64_t counter = words[3] ^ hash_of(key_, words[1], 4);
  const Mac mac = mac_of(key_, id, kind, time, counter);
  if (mac.high != words[0] || mac.low != words[1]) return Verdict::kForged;
  return now_ms > static_cast<std::int64_t>(time) + ttl_ms_ ? Verdict::kExpired : Verdict::kValid;
}

}  // namespace g2a_sim
