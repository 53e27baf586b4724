// SPDX-License-Identifier: MIT
// Whatever an answer holds: nothing escapes, and what is good in it is kept.
#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "g2afs/api/wire.hpp"

namespace g2afs {
namespace {

using nlohmann::json;

json entry(std::uint64_t id) {
  return {{"recordingId", id},
          {"recordingUrl", fmt::format("https://media.example/{}/secret.mp4", id)},
          {"eventsUrl", fmt::format("https://media.example/{}/secret.events", id)},
          {"thumbnailUrl", fmt::format("https://media.example/{}/secret.jpg", id)},
          {"recordingStartTime", "2016-11-24T10:30:00Z"},
          {"recordingSize", "1048576"}};
}

rc::Gen<json> any_scalar() {
  return rc::gen::oneOf(
      rc::gen::just(json(nullptr)), rc::gen::just(json::object()), rc::gen::just(json::array({1, "x"})),
      rc::gen::map(rc::gen::arbitrary<bool>(), [](bool value) { return json(value); }),
      rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](std::int64_t value) { return json(value); }),
      rc::gen::map(rc::gen::arbitrary<double>(), [](double value) { return json(value); }),
      rc::gen::map(rc::gen::string<std::string>(), [](const std::string& value) {
        return json::parse(json(value).dump(-1, ' ', false, json::error_handler_t::replace));
      }));
}

RC_GTEST_PROP(WireRandom, KeepsEveryGoodEntryAmongBrokenOnes, ()) {
  const auto broken = *rc::gen::container<std::vector<bool>>(rc::gen::arbitrary<bool>());
  const std::vector<const char*> fields{"recordingId",   "recordingUrl", "recordingStartTime",
                                        "recordingSize", "eventsUrl",    "thumbnailUrl"};
  json list = json::array();
  std::vector<std::uint64_t> good;
  for (std::size_t i = 0; i < broken.size(); ++i) {
    // Beyond what a scalar may come to, so that a broken id cannot be one of these by chance.
    const std::uint64_t id = (std::uint64_t{1} << 63) + i;
    list.push_back(entry(id));
    if (broken[i]) {
      list.back()[*rc::gen::elementOf(fields)] = *any_scalar();
      if (*rc::gen::inRange(0, 5) == 0) list.back() = *any_scalar();
    } else {
      good.push_back(id);
    }
  }
  const auto parsed = wire::parse_urls(list.dump());
  RC_ASSERT(parsed.has_value());
  for (const std::uint64_t id : good) {
    const auto found = std::find_if(parsed->value.begin(), parsed->value.end(),
                                    [id](const MediaEntry& media) { return media.id.value == id; });
    RC_ASSERT(found != parsed->value.end());
    RC_ASSERT(found->video && found->events && found->thumbnail);
  }
  RC_ASSERT(parsed->value.size() <= broken.size());
}

RC_GTEST_PROP(WireRandom, NoMutationOfTheBytesEscapes, ()) {
  std::string body = json::array({entry(1), entry(2)}).dump();
  const auto changes = *rc::gen::container<std::vector<std::pair<unsigned, char>>>(
      rc::gen::pair(rc::gen::arbitrary<unsigned>(), rc::gen::arbitrary<char>()));
  for (const auto& [at, c] : changes) body[at % body.size()] = c;
  body.resize(body.size() - *rc::gen::inRange<std::size_t>(0, 20));
  const auto urls = wire::parse_urls(body);
  RC_ASSERT(urls || urls.error().code == Errc::Unavailable);
  const auto listing = wire::parse_listing(body);
  RC_ASSERT(listing || listing.error().code == Errc::Unavailable);
  const auto token = wire::parse_token(body);
  RC_ASSERT(token || token.error().code == Errc::Unavailable);
  wire::parse_token_error(body);
}

}  // namespace
}  // namespace g2afs
