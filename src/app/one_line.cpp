// SPDX-License-Identifier: MIT
#include "g2afs/app/one_line.hpp"

namespace g2afs {

std::string one_line(std::string_view text) {
  constexpr std::size_t kLongest = 80;  // bytes: the line still reads
  std::size_t end = text.size();
  if (end > kLongest) {
    // Not within a character: 10xxxxxx continues one in UTF-8.
    for (end = kLongest; end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80;) --end;
  }
  std::string line;
  for (const char c : text.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return end < text.size() ? line + "…" : line;
}

}  // namespace g2afs
