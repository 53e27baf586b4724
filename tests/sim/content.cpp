// SPDX-License-Identifier: MIT
#include "sim/content.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "sim/random.hpp"

namespace g2a_sim {
namespace {

static_assert(std::endian::native == std::endian::little, "words are copied as they lie in memory");

class ComputedSource final : public ByteSource {
 public:
  ComputedSource(const ContentKey& key, std::uint64_t size) : key_(key), size_(size) {}
  std::uint64_t size() const override { return size_; }
  bool read(std::uint64_t offset, std::span<char> out) const override {
    fill_content(key_, offset, out);
    return true;
  }

 private:
  ContentKey key_;
  std::uint64_t size_;
};

}  // namespace

std::uint64_t ContentKey::value() const { return hash_of(seed, id, static_cast<std::uint64_t>(kind), version); }

void fill_content(const ContentKey& content_key, std::uint64_t offset, std::span<char> out) {
  const std::uint64_t key = content_key.value();
  std::uint64_t index = offset / 8;
  char* to = out.data();
  std::size_t left = out.size();

  if (const std::size_t skip = offset % 8; skip != 0 && left != 0) {
    const std::uint64_t word = mix64(key + index++ * kGolden);
    const std::size_t n = std::min<std::size_t>(8 - skip, left);
    std::memcpy(to, reinterpret_cast<const char*>(&word) + skip, n);
    to += n;
    left -= n;
  }
  std::uint64_t state = key + index * kGolden;
  for (; left >= 8; left -= 8, to += 8, state += kGolden) {
    const std::uint64_t word = mix64(state);
    std::memcpy(to, &word, 8);
  }
  if (left != 0) {
    const std::uint64_t word = mix64(state);
    std::memcpy(to, &word, left);
  }
}

std::shared_ptr<const ByteSource> computed_source(const ContentKey& key, std::uint64_t size) {
  return std::make_shared<ComputedSource>(key, size);
}

std::uint64_t computed_mp4_size(std::uint64_t seed, std::uint64_t id, std::uint64_t min, std::uint64_t max) {
  if (min >= max) return min;
  const double low = std::log(static_cast<double>(min) + 1.0);
  const double high = std::log(static_cast<double>(max) + 1.0);
  const double size = std::exp(low + (high - low) * unit_interval(hash_of(seed, id, 0x5123))) - 1.0;
  return std::clamp(static_cast<std::uint64_t>(size), min, max);
}

std::uint64_t computed_sidecar_size(std::uint64_t seed, std::uint64_t id, FileKind kind) {
  const bool events = kind == FileKind::kEvents;
  const std::uint64_t min = events ? 512 : 4096;
  const std::uint64_t max = events ? 61'440 : 40'960;
  return min + hash_of(seed, id, 0x51DE, static_cast<std::uint64_t>(kind)) % (max - min + 1);
}

}  // namespace g2a_sim
