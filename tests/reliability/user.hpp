// SPDX-License-Identifier: MIT
// What the user does in one cell, and what he sees. Loop thread only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "world.hpp"

namespace g2afs::test {

/// Bytes, names or "done", and how long it took; or an error.
struct Seen {
  Result<std::string> result;
  Duration time{};
};

class User {
 public:
  User(World& world, Operation operation) : world_(world), operation_(operation) {}

  /// The calls that the operation makes, of which the fault is one.
  static Call call_of(Operation operation);
  /// All that comes before the fault.
  void prepare();
  Seen act();
  /// Whether nothing but this was to be seen without a fault.
  bool right(const std::string& seen) const;

 private:
  Task<Result<std::string>> operate();
  Task<Result<std::string>> list();
  Task<Result<std::string>> read(std::uint64_t offset, std::size_t size);
  Task<Result<std::string>> read_sidecar();
  Task<Result<std::string>> set(const char* id, const char* attribute);
  Task<Result<Ino>> walk(std::vector<std::string> names);

  World& world_;
  const Operation operation_;
  std::optional<Handle> open_;
};

}  // namespace g2afs::test
