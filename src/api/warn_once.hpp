// SPDX-License-Identifier: MIT
// Warns of each distinct thing once, as long as it is among the last kRemembered: the vendor's one bad entry
// comes back with every refresh. Loop thread only.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "g2afs/base/log.hpp"
#include "g2afs/base/lru_cache.hpp"

namespace g2afs {

class WarnOnce {
 public:
  explicit WarnOnce(Log& log) : log_(log) {}

  void warn(const std::string& line) {
    if (seen_.tryGet(line) != nullptr) return;
    seen_.insert(line, {});
    log_.warn("{}", line);
  }
  void warn(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) warn(line);
  }

 private:
  static constexpr std::size_t kRemembered = 10'000;  // lines of some 100 bytes

  Log& log_;
  LruCache<std::string, std::monostate> seen_{kRemembered};
};

}  // namespace g2afs
