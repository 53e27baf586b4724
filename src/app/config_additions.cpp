// SPDX-License-Identifier: MIT
#include "g2afs/app/config_additions.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "g2afs/base/private_files.hpp"

namespace g2afs {
namespace {

/// Where things are in the text of a flat object that is known to be sound: comments and strings need to be told apart
/// from the rest, no more.
struct Layout {
  std::size_t brace = 0;        // the opening one
  std::size_t last_member = 0;  // where its key begins; of none: the brace
  std::size_t values_end = 0;   // behind the last value, or the brace
  std::size_t words_end = 0;    // behind that or the last comment, before the closing brace
  bool empty = true;
  bool comment_to_line_end = false;  // the last comment is of that kind
};

std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

/// `at` is at the slash.
std::size_t end_of_comment(std::string_view text, std::size_t at) {
  const bool block = text.substr(at, 2) == "/*";
  const auto end = block ? text.find("*/", at + 2) : text.find_first_of("\r\n", at);
  return end == std::string_view::npos ? text.size() : end + (block ? 2 : 0);
}

Layout layout_of(std::string_view text) {
  Layout layout;
  bool inside = false, key_next = true;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    std::size_t end = at + 1;
    if (c == '/') {
      end = end_of_comment(text, at);
      layout.words_end = end;
      layout.comment_to_line_end = text[at + 1] == '/';
    } else if (c == '{') {
      inside = true;
      layout = {at, at, end, end};
    } else if (c == '}' && inside) {
      break;
    } else if (inside && std::string_view(" \t\r\n").find(c) == std::string_view::npos) {
      if (c == '"') end = end_of_string(text, at);
      if (c == '"' && key_next) layout.last_member = at;
      if (c == '"') key_next = false;
      if (c == ',') key_next = true;
      layout.empty = false;
      layout.values_end = layout.words_end = end;
      layout.comment_to_line_end = false;
    }
    at = end;
  }
  return layout;
}

/// What stands between the last member and what is before it: a blank, or a line end and an indentation.
std::string separator_of(std::string_view text, const Layout& layout) {
  const auto line_end = text.substr(0, layout.last_member).rfind('\n');
  const bool own_line = !layout.empty && line_end != std::string_view::npos && line_end > layout.brace &&
                        text.find_first_not_of(" \t", line_end + 1) == layout.last_member;
  if (own_line) {
    const std::string_view indentation = text.substr(line_end + 1, layout.last_member - line_end - 1);
    return fmt::format("{}{}", text[line_end - 1] == '\r' ? "\r\n" : "\n", indentation);
  }
  const bool lines = layout.comment_to_line_end || (layout.empty && text.find('\n', layout.brace) < text.rfind('}'));
  return lines ? "\n  " : " ";
}

bool same(const std::vector<ConfigMember>& a, const std::vector<ConfigMember>& b) {
  const auto equal = [](const ConfigMember& x, const ConfigMember& y) {
    return x.key == y.key && x.text == y.text && x.type == y.type;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal);
}

std::string written(const ConfigMember& member) {
  const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
  return fmt::format("{}: {}", quoted(member.key), member.type == JsonType::String ? quoted(member.text) : member.text);
}

}  // namespace

std::string written_members(std::span<const ConfigMember> members) {
  std::string text;
  for (const ConfigMember& member : members) text += (text.empty() ? "" : ", ") + written(member);
  return text;
}

Result<std::string> with_members(std::string_view text, std::span<const ConfigMember> added) {
  auto members = parse_config_text(text, "the config file");
  if (!members) return fail(std::move(members).error());
  if (added.empty()) return std::string(text);

  const Layout layout = layout_of(text);
  const std::string separator = separator_of(text, layout);
  std::string more;
  for (const ConfigMember& member : added) more += (more.empty() ? "" : ",") + separator + written(member);
  // One that stands alone on its line leaves the brace behind it where it is; in one line a blank parts them.
  const bool blank_before_brace = layout.words_end < text.size() && text[layout.words_end] == '}';
  if (blank_before_brace && separator != " ") more += '\n';
  if (blank_before_brace && separator == " " && layout.empty) more += ' ';

  std::string result(text.substr(0, layout.values_end));
  if (!layout.empty) result += ',';
  result += text.substr(layout.values_end, layout.words_end - layout.values_end);
  result += more;
  result += text.substr(layout.words_end);

  // Whatever was overlooked above: what comes out is what went in and what was added, or nothing.
  members->insert(members->end(), added.begin(), added.end());
  const auto parsed = parse_config_text(result, "the config file");
  if (!parsed || !same(*parsed, *members))
    return fail(Errc::Invalid, "the config file has a form that cannot be added to");
  return result;
}

Result<void> add_to_config_file(const std::filesystem::path& given, std::span<const ConfigMember> added) {
  std::error_code error;
  const auto file = std::filesystem::canonical(given, error);
  if (error) return fail(Errc::Unavailable, fmt::format("{}: {}", given.string(), error.message()));
  constexpr std::size_t kLargest = 1 << 20;
  const auto read = read_private_file(file, kLargest, Pipes::Refuse);
  if (!read) return fail(read.error());
  const auto text = with_members(read->text, added);
  if (!text) return fail(text.error());
  error = replace_file(file, *text, Replacement::KeepsModeAndOwner);
  if (error) return fail(Errc::Unavailable, fmt::format("{} cannot be written: {}", file.string(), error.message()));
  return {};
}

}  // namespace g2afs
