// SPDX-License-Identifier: MIT
#include "g2afs/app/text_line.hpp"

#include <algorithm>

namespace g2afs {
namespace {

// Of the labels before what they are about.
constexpr std::size_t kLabel = 12;
constexpr std::string_view kEllipsis = "…";

/// ECMA-48, "select graphic rendition".
std::string_view begin(Paint paint) {
  switch (paint) {
    case Paint::Plain: return "";
    case Paint::Strong: return "\x1b[1m";
    case Paint::Good: return "\x1b[32m";
    case Paint::Doubtful: return "\x1b[33m";
    case Paint::Bad: return "\x1b[31m";
  }
  return "";
}

/// In UTF-8, 10xxxxxx continues a code point.
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The first so many code points.
std::string_view first_columns(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (continues(text[end])) continue;
    if (columns-- == 0) break;
  }
  return text.substr(0, end);
}

std::string printable(std::string_view text) {
  std::string plain(text);
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return plain;
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::string fitted(std::string_view text, std::size_t columns) {
  TextLine line({columns, false});
  line.add(text);
  return line.text() + std::string(line.room(), ' ');
}

void TextLine::add(std::string_view given, Paint paint) {
  std::string text = printable(given);
  if (columns_of(text) > room()) {
    text = room() == 0 ? "" : std::string(first_columns(text, room() - 1)).append(kEllipsis);
  }
  used_ += columns_of(text);
  const bool painted = style_.colour && paint != Paint::Plain && !text.empty();
  if (painted) text_ += begin(paint);
  text_ += text;
  if (painted) text_ += "\x1b[0m";
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t taken = columns_of(lines.back());
    if (taken > 0 && taken + 1 + columns_of(word) > columns) lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

std::vector<std::string> lay_out(std::string_view label, const std::vector<Phrase>& phrases, TextStyle style) {
  std::vector<std::string> lines;
  std::string head(label);
  head.resize(std::max(kLabel, label.size() + 1), ' ');
  TextLine line(style);
  line.add(head);
  bool fresh = true;  // nothing after the head yet
  for (std::size_t i = 0; i < phrases.size(); ++i) {
    const bool last = i + 1 == phrases.size();
    const std::size_t comma = last ? 0 : 1;
    if (!fresh && columns_of(phrases[i].text) + 1 + comma > line.room()) {
      lines.push_back(line.text());
      line = TextLine(style);
      line.add(std::string(head.size(), ' '));
      fresh = true;
    }
    if (!fresh) line.add(" ");
    line.add(phrases[i].text, phrases[i].paint);
    if (!last) line.add(",");
    fresh = false;
  }
  if (!fresh) lines.push_back(line.text());
  return lines;
}

}  // namespace g2afs
