// SPDX-License-Identifier: MIT
// That it is wiped is shown by tests/system/secrets_test.sh: memory that was given back is not to be looked at from within.
#include "g2afs/base/wiped_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <span>

#include <gtest/gtest.h>

namespace g2afs {
namespace {

TEST(WipedMemory, KeepsWhatIsInItWhenItMoves) {
  std::size_t size = 24;
  auto* memory = static_cast<char*>(wipe_and_reallocate(nullptr, size));
  std::fill_n(memory, size, 'x');
  // Beyond what is wiped, too.
  for (const std::size_t next : {25, 1'000, 100'000, 300'000, 2'000'000, 400'000, 70'000, 10}) {
    memory = static_cast<char*>(wipe_and_reallocate(memory, next));
    ASSERT_NE(memory, nullptr);
    const auto kept = std::span(memory, std::min(size, next));
    EXPECT_TRUE(std::all_of(kept.begin(), kept.end(), [](char c) { return c == 'x'; })) << next;
    std::fill_n(memory, next, 'x');
    size = next;
  }
  wipe_and_free(memory);
  wipe_and_free(nullptr);
}

}  // namespace
}  // namespace g2afs
