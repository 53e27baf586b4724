// SPDX-License-Identifier: MIT
#include "g2afs/base/secret.hpp"

#include <string.h>  // explicit_bzero, which the C++ headers do not declare

namespace g2afs {

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    text_ = other.text_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    text_ = std::move(other.text_);
    other.wipe();
  }
  return *this;
}

void Secret::wipe() noexcept {
  // Short strings live inside the object, so the whole capacity is wiped, not only the length.
  if (text_.capacity() != 0) explicit_bzero(text_.data(), text_.capacity());
  text_.clear();
}

}  // namespace g2afs
