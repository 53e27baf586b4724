// SPDX-License-Identifier: MIT
#include "g2afs/base/secret.hpp"

#include <ostream>
#include <type_traits>

#include <gtest/gtest.h>

namespace g2afs {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

TEST(Secret, CannotBeStreamedOrTurnedIntoAString) {
  static_assert(!Streamable<Secret>);
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_convertible_v<std::string, Secret>);
}

TEST(Secret, IsEmptyOnceItIsMovedFrom) {
  Secret first(std::string(64, 'x'));
  const char* memory = first.reveal().data();
  Secret second(std::move(first));
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that it is empty is what is promised
  EXPECT_EQ(second.reveal(), std::string(64, 'x'));
  EXPECT_EQ(second.reveal().data(), memory);

  Secret kept(std::string(64, 'y'));
  kept = Secret(std::string("short"));
  EXPECT_EQ(kept.reveal(), "short");
  EXPECT_EQ(kept, Secret("short"));
}

}  // namespace
}  // namespace g2afs
