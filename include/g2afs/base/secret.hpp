// SPDX-License-Identifier: MIT
// A string that must not be seen: tokens, client secrets. Any thread (a value type).
//
// It has no stream or fmt operator on purpose, so that logging one does not compile; its memory is wiped when it goes.
#pragma once

#include <string>
#include <string_view>

namespace g2afs {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  /// The secret itself, for the wire or the token file only.
  const std::string& reveal() const { return text_; }
  bool operator==(const Secret&) const = default;

 private:
  void wipe() noexcept;
  std::string text_;
};

}  // namespace g2afs
