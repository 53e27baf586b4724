// SPDX-License-Identifier: MIT
// The system calls of the disk cache, made whole: interrupted and partial ones go on. Any thread; they block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <sys/types.h>
#include <type_traits>

#include "g2afs/base/error.hpp"

namespace g2afs {

/// `errno` as an Error: "<doing>: No space left on device".
Error disk_error(std::string_view doing, int error);

/// Bytes read, fewer than asked for at the end of the file; -1 with errno.
ssize_t read_at(int fd, std::span<std::byte> into, std::uint64_t offset);
/// False with errno.
bool write_at(int fd, std::span<const std::byte> bytes, std::uint64_t offset);

template <class T>
std::span<const std::byte> raw_bytes(const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::as_bytes(std::span(&value, 1));
}
template <class T>
std::span<std::byte> raw_bytes(T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::as_writable_bytes(std::span(&value, 1));
}

/// From the kernel's generator: no two processes get the same, on whatever machine.
std::uint64_t random_number();

}  // namespace g2afs
