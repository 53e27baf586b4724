// SPDX-License-Identifier: MIT
#include "g2afs/base/wiped_memory.hpp"

#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <string.h>  // explicit_bzero, which the C++ headers do not declare

namespace g2afs {
namespace {

constexpr std::size_t kLargest = 256 << 10;  // bytes: tokens have a few KB, curl sends from 64 KiB

}  // namespace

void wipe_and_free(void* memory) noexcept {
  const std::size_t size = ::malloc_usable_size(memory);
  if (size <= kLargest && memory != nullptr) ::explicit_bzero(memory, size);
  std::free(memory);
}

void* wipe_and_reallocate(void* memory, std::size_t size) noexcept {
  const std::size_t had = ::malloc_usable_size(memory);
  if (memory == nullptr || had > kLargest) return std::realloc(memory, size);
  if (size <= had) return memory;
  void* const moved = std::malloc(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, memory, had);
  wipe_and_free(memory);
  return moved;
}

}  // namespace g2afs
