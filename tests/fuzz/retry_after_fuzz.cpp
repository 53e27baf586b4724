// SPDX-License-Identifier: MIT
// parse_retry_after(): never negative, never above a day; and a date, unlike a number, comes nearer as time passes.
#include <algorithm>

#include "input.hpp"
#include "property.hpp"

#include "g2afs/base/ids.hpp"
#include "g2afs/net/http.hpp"

using namespace g2afs;
using namespace std::chrono_literals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = test::text_of(data, size);
  const std::chrono::sys_seconds now = std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + 8h;
  const auto pause = parse_retry_after(text, now);
  const auto later = parse_retry_after(text, now + 1s);
  G2AFS_PROPERTY(pause.has_value() == later.has_value());
  if (!pause) return 0;
  G2AFS_PROPERTY(0s <= *pause && *pause <= 24h);
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    const auto seconds = parse_decimal(text);
    G2AFS_PROPERTY(*pause == *later);
    G2AFS_PROPERTY(*pause == (seconds && *seconds < 86'400 ? std::chrono::seconds(*seconds) : 24h));
  } else {
    const bool within = 0s < *pause && *later < 24h;
    G2AFS_PROPERTY(within ? *pause - *later == 1s : *pause == *later);
    G2AFS_PROPERTY(text.find(':') != std::string_view::npos);
  }
  return 0;
}
