// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "g2afs/api/wire.hpp"

namespace g2afs {
namespace {

const std::vector<RecordingId> kIds{RecordingId{1}, RecordingId{18446744073709551615U}, RecordingId{3}};

TEST(WireQuery, IdsAreRepeatedOrJoinedByCommas) {
  EXPECT_EQ(wire::urls_query(kIds, "recordingIds", wire::IdsStyle::Repeat),
            "recordingIds=1&recordingIds=18446744073709551615&recordingIds=3");
  EXPECT_EQ(wire::urls_query(kIds, "ids", wire::IdsStyle::Comma), "ids=1,18446744073709551615,3");
  EXPECT_EQ(wire::urls_query({}, "ids", wire::IdsStyle::Repeat), "");
}

TEST(WireQuery, TheParametersNameIsEncoded) {
  EXPECT_EQ(wire::urls_query(std::span(kIds).first(1), "ids[]&x", wire::IdsStyle::Repeat), "ids%5B%5D%26x=1");
}

TEST(WireQuery, PathsAreJoinedByCommas) {
  EXPECT_EQ(wire::id_path(kIds), "1,18446744073709551615,3");
  EXPECT_EQ(wire::id_path({}), "");
}

TEST(WireQuery, OnlyUnreservedCharactersStayAsTheyAre) {
  EXPECT_EQ(wire::percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(wire::percent_encode("a+b/c=&\xff\n "), "a%2Bb%2Fc%3D%26%FF%0A%20");
}

TEST(WireQuery, BasicAuthorizationIsBase64) {
  // The example of RFC 7617, 2, and the test vectors of RFC 4648, 10.
  EXPECT_EQ(wire::basic_authorization("Aladdin", Secret("open sesame")).reveal(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(wire::basic_authorization("f", Secret("o")).reveal(), "Basic Zjpv");
  EXPECT_EQ(wire::basic_authorization("f", Secret("")).reveal(), "Basic Zjo=");
  EXPECT_EQ(wire::basic_authorization("", Secret("")).reveal(), "Basic Og==");
  EXPECT_EQ(wire::basic_authorization("\xff\xfe", Secret("\xfd")).reveal(), "Basic //46/Q==");
}

}  // namespace
}  // namespace g2afs
