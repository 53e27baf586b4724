// SPDX-License-Identifier: MIT
// The JSON part of config_file.hpp.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "g2afs/app/config_file.hpp"
#include "g2afs/app/one_line.hpp"

namespace g2afs {
namespace {

/// Collects the members of the one object; the first thing that is amiss stops the parser.
class Collector final : public nlohmann::json::json_sax_t {
 public:
  explicit Collector(std::string_view text) : text_(text) {}

  std::vector<ConfigMember> members;
  std::string wrong;  // empty: all is well

  bool null() override { return stop_at_key("must not be null: leave the key out"); }
  bool boolean(bool value) override { return add(value ? "true" : "false", JsonType::Boolean); }
  bool number_integer(number_integer_t value) override { return add(std::to_string(value), JsonType::Number); }
  bool number_unsigned(number_unsigned_t value) override { return add(std::to_string(value), JsonType::Number); }
  bool number_float(number_float_t, const string_t& written) override { return add(written, JsonType::Number); }
  bool string(string_t& value) override { return add(std::move(value), JsonType::String); }
  bool binary(binary_t&) override { return stop_at_key("must not be binary"); }

  bool start_object(std::size_t) override {
    if (in_object_) return stop_at_key("must not be an object");
    return in_object_ = true;
  }
  bool key(string_t& name) override {
    key_ = std::move(name);
    const auto same = [&](const ConfigMember& member) { return member.key == key_; };
    return std::none_of(members.begin(), members.end(), same) || stop_at_key("is there twice");
  }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return stop_at_key("must not be a list"); }
  bool end_array() override { return true; }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) override {
    const auto [line, column] = place(position);
    wrong = fmt::format("line {}, column {}: {}", line, column, without_input(error.what()));
    return false;
  }

 private:
  bool add(std::string text, JsonType type) {
    if (!in_object_) return stop_at_key({});
    members.push_back({key_, std::move(text), type});
    return true;
  }

  bool stop_at_key(std::string_view why) {
    wrong = in_object_ ? fmt::format("{}: {}", one_line(key_), why) : std::string("must hold one JSON object");
    return false;
  }

  /// Line and column, from 1, of the last of `count` characters read.
  std::pair<std::size_t, std::size_t> place(std::size_t count) const {
    const std::string_view before = text_.substr(0, std::max<std::size_t>(count, 1) - 1);
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const auto line_start = before.rfind('\n') + 1;  // 0 where there is none
    return {static_cast<std::size_t>(lines) + 1, before.size() - line_start + 1};
  }

  /// nlohmann's message without its own prefix and without the text it read last, which may be a secret.
  static std::string without_input(std::string_view what) {
    const auto begin = what.find("syntax error");
    if (begin == std::string_view::npos) return "is not JSON";
    return std::string(what.substr(begin, what.find("; last read") - begin));
  }

  const std::string_view text_;
  std::string key_;
  bool in_object_ = false;
};

}  // namespace

Result<std::vector<ConfigMember>> parse_config_text(std::string_view text, const std::string& name) {
  constexpr bool kStrict = true, kIgnoreComments = true;
  Collector collector(text);
  if (!nlohmann::json::sax_parse(text, &collector, nlohmann::json::input_format_t::json, kStrict, kIgnoreComments)) {
    return fail(Errc::Invalid, fmt::format("{}: {}", name, collector.wrong));
  }
  return std::move(collector.members);
}

}  // namespace g2afs
