// SPDX-License-Identifier: MIT
// That a mount's calls are made so is in tests/system/archive_marks_test.sh.
#include "g2afs/app/uninterrupted.hpp"

#include <gtest/gtest.h>

namespace g2afs {
namespace {

/// A call that is interrupted twice.
template <class T>
T call(int& times, T last, int error) {
  const bool interrupted = ++times <= 2;
  errno = interrupted ? EINTR : error;
  if constexpr (std::is_pointer_v<T>) {
    return interrupted ? nullptr : last;
  } else {
    return interrupted ? -1 : last;
  }
}

TEST(Uninterrupted, RepeatsACallUntilItIsAnswered) {
  int times = 0;
  EXPECT_EQ(uninterrupted([&] { return call(times, 7, 0); }), 7);
  EXPECT_EQ(times, 3);
  times = 0;
  EXPECT_EQ(uninterrupted([&] { return call(times, &times, 0); }), &times);
  EXPECT_EQ(times, 3);
}

TEST(Uninterrupted, LeavesOtherFailuresAsTheyAre) {
  int times = 0;
  EXPECT_EQ(uninterrupted([&] { return call(times, -1, EIO); }), -1);
  EXPECT_EQ(errno, EIO);
  times = 0;
  int* const none = nullptr;
  EXPECT_EQ(uninterrupted([&] { return call(times, none, 0); }), nullptr) << "as at the end of a directory";
  EXPECT_EQ(errno, 0);
  EXPECT_EQ(times, 3);
}

TEST(Uninterrupted, DoesNotRepeatASuccessForAnOldErrno) {
  int times = 0;
  EXPECT_EQ(uninterrupted([&] {
              ++times;
              errno = EINTR;
              return 0;
            }),
            0);
  EXPECT_EQ(times, 1);
}

}  // namespace
}  // namespace g2afs
