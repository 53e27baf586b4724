// SPDX-License-Identifier: MIT
#include "head_parser.hpp"

#include <algorithm>

#include "g2afs/base/ids.hpp"

namespace g2afs {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// RFC 9110, 5.5, has none of them in a value; a bare CR is where parsers disagree about what a line is.
bool is_control(char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; }

/// The number of `HTTP/1.1 206 Partial Content`; 0 where there is none.
int status_of(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  const auto number = line.substr(space + 1, 3);
  return number.size() == 3 ? static_cast<int>(parse_decimal(number).value_or(0)) : 0;
}

}  // namespace

bool HeadParser::take(std::string_view line) {
  if (complete_) return false;
  if (line.starts_with("HTTP/")) {
    *this = {};
    head_.status = status_of(trim(line));
    return false;
  }
  if (trim(line).empty()) {
    complete_ = head_.status >= 200;
    if (chunked_) head_.content_length.reset();  // RFC 9112, 6.3: chunks overrule it
    return complete_;
  }
  const auto colon = line.find(':');
  if (colon != std::string_view::npos) take_field(line.substr(0, colon), trim(line.substr(colon + 1)));
  return false;
}

void HeadParser::take_field(std::string_view name, std::string_view value) {
  if (std::any_of(value.begin(), value.end(), is_control)) return;
  const std::string field = lower(name);
  if (field == "content-length") {
    head_.content_length = parse_decimal(value);
  } else if (field == "content-range") {
    head_.content_range = parse_content_range(value);
  } else if (field == "content-type") {
    head_.content_type = value;
  } else if (field == "content-encoding") {
    head_.content_encoding = value;
  } else if (field == "etag") {
    head_.etag = value;
  } else if (field == "last-modified") {
    head_.last_modified = value;
  } else if (field == "retry-after") {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    head_.retry_after = parse_retry_after(value, now);
  } else if (field == "date") {
    head_.date = parse_http_date(value);
  } else if (field == "transfer-encoding") {
    chunked_ = lower(value).find("chunked") != std::string::npos;
  } else if (field == "location") {
    location_ = value;
  }
}

}  // namespace g2afs
