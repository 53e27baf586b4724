// SPDX-License-Identifier: MIT
// Lines of text for a terminal of a certain width, with or without colour. Any thread; pure.
//
// A column is a code point; what is no printable character is shown as `?`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace g2afs {

enum class Paint { Plain, Strong, Good, Doubtful, Bad };

struct Phrase {
  std::string text;
  Paint paint = Paint::Plain;
};

struct TextStyle {
  std::size_t columns = 79;
  bool colour = false;
};

class TextLine {
 public:
  explicit TextLine(TextStyle style) : style_(style) {}

  /// Cut, with an ellipsis, where there is no more room.
  void add(std::string_view text, Paint paint = Paint::Plain);
  std::size_t room() const { return style_.columns - used_; }
  const std::string& text() const { return text_; }

 private:
  TextStyle style_;
  std::size_t used_ = 0;
  std::string text_;
};

/// Columns that a text takes.
std::size_t columns_of(std::string_view text);
/// Exactly so many: cut, or filled with blanks.
std::string fitted(std::string_view text, std::size_t columns);

/// Lines of at most so many columns, broken between words. A word that is longer has a line of its own, and stays whole:
/// it may be a path that somebody copies.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

/// `API         answers, 12 requests`: what has no room goes on in the next line, below the first phrase.
std::vector<std::string> lay_out(std::string_view label, const std::vector<Phrase>& phrases, TextStyle style);

}  // namespace g2afs
