// SPDX-License-Identifier: MIT
// parse_content_range(): what it takes is a range within its object, and is the same once printed.
#include <limits>
#include <string>

#include "input.hpp"
#include "property.hpp"

#include "g2afs/net/http.hpp"

using namespace g2afs;

namespace {

std::string print(const ContentRange& value) {
  std::string text = "bytes ";
  text += value.range ? std::to_string(value.range->begin) + '-' + std::to_string(value.range->end - 1) : "*";
  return text + '/' + (value.total ? std::to_string(*value.total) : "*");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = parse_content_range(test::text_of(data, size));
  if (!value) return 0;
  G2AFS_PROPERTY(value->range || value->total);
  if (value->range) G2AFS_PROPERTY(value->range->begin < value->range->end);
  if (value->range && value->total) G2AFS_PROPERTY(value->range->end <= *value->total);
  const auto again = parse_content_range(print(*value));
  G2AFS_PROPERTY(again && again->range == value->range && again->total == value->total);
  return 0;
}
