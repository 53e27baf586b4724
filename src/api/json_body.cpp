// SPDX-License-Identifier: MIT
#include "json_body.hpp"

#include <fmt/format.h>

#include "g2afs/base/ids.hpp"

namespace g2afs::wire {
namespace {

/// Depth and number of values of a text, without parsing it. For a text that is no JSON they mean nothing.
struct Extent {
  std::size_t depth = 0;
  std::size_t values = 1;
};

Extent measure(std::string_view body) {
  Extent extent;
  std::size_t open = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < body.size(); ++at) {
    const char c = body[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      extent.depth = std::max(extent.depth, ++open);
      ++extent.values;
    } else if (c == ']' || c == '}') {
      if (open > 0) --open;
    } else if (c == ',') {
      ++extent.values;
    }
  }
  return extent;
}

}  // namespace

Result<nlohmann::json> parse_body(std::string_view body) {
  if (body.size() > kMaxBody) return fail(Errc::Unavailable, "the answer is larger than 64 MB");
  const Extent extent = measure(body);
  if (extent.depth > kMaxDepth) {
    return fail(Errc::Unavailable, fmt::format("the answer is nested deeper than {} levels", kMaxDepth));
  }
  if (extent.values > kMaxValues) {
    return fail(Errc::Unavailable, fmt::format("the answer holds more than {} values", kMaxValues));
  }
  auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return fail(Errc::Unavailable, "the answer is not JSON");
  return json;
}

const nlohmann::json* find_member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::uint64_t> read_decimal(const nlohmann::json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (value.is_string()) return parse_decimal(value.get_ref<const std::string&>());
  return std::nullopt;
}

std::string text_member(const nlohmann::json& object, const char* name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

void Rejections::add(std::string line) {
  if (lines_.size() < kMaxLines) {
    lines_.push_back(std::move(line));
  } else {
    ++others_;
  }
}

std::vector<std::string> Rejections::take() {
  if (others_ > 0) lines_.push_back(fmt::format("{} more of the kind", std::exchange(others_, 0)));
  return std::exchange(lines_, {});
}

}  // namespace g2afs::wire
