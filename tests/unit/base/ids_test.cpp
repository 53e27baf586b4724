// SPDX-License-Identifier: MIT
#include "g2afs/base/ids.hpp"

#include <gtest/gtest.h>

namespace g2afs {
namespace {

TEST(ParseDecimal, TakesTheFullRangeAndNothingElse) {
  EXPECT_EQ(parse_decimal("0"), 0U);
  EXPECT_EQ(parse_decimal("0018"), 18U);
  EXPECT_EQ(parse_decimal("18446744073709551615"), 18446744073709551615U);
  for (const char* text :
       {"", "18446744073709551616", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "99999999999999999999"}) {
    EXPECT_EQ(parse_decimal(text), std::nullopt) << text;
  }
}

TEST(ParseIdName, IsWrittenAsTheTreeWritesIt) {
  EXPECT_EQ(parse_id_name("18446744"), RecordingId{18446744});
  EXPECT_EQ(parse_id_name("0"), RecordingId{0});
  EXPECT_EQ(parse_id_name("018446744"), std::nullopt);
  EXPECT_EQ(parse_id_name("00"), std::nullopt);
  EXPECT_EQ(parse_id_name("abc"), std::nullopt);
}

TEST(FileKey, NamesItselfForLogs) {
  EXPECT_EQ(to_string(FileKey{{7}, FileKind::Video}), "7.mp4");
  EXPECT_EQ(to_string(FileKey{{7}, FileKind::Events}), "7.events");
  EXPECT_EQ(to_string(FileKey{{7}, FileKind::Thumbnail}), "7 thumbnail");
}

}  // namespace
}  // namespace g2afs
