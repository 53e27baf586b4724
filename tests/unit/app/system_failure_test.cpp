// SPDX-License-Identifier: MIT
#include "g2afs/app/system_failure.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace g2afs {
namespace {

TEST(SystemFailure, SaysWhatAndWhy) {
  const Error error = system_failure(ENOENT, "/mnt/2016").value();
  EXPECT_EQ(error.code, Errc::NotFound);
  EXPECT_EQ(error.what, "/mnt/2016: No such file or directory");
}

TEST(SystemFailure, KnowsWhatAMountAnswers) {
  EXPECT_EQ(system_failure(EACCES, "").value().code, Errc::Denied);
  EXPECT_EQ(system_failure(EINVAL, "").value().code, Errc::Invalid);
  EXPECT_EQ(system_failure(EIO, "").value().code, Errc::Unavailable);
  EXPECT_EQ(system_failure(EAGAIN, "").value().code, Errc::Throttled);
  EXPECT_EQ(system_failure(EROFS, "").value().code, Errc::ReadOnly);
  EXPECT_EQ(system_failure(EOPNOTSUPP, "").value().code, Errc::Unsupported);
  EXPECT_EQ(system_failure(ENODATA, "").value().code, Errc::NoAttribute);
  EXPECT_EQ(system_failure(ENOTDIR, "").value().code, Errc::NotDirectory);
  EXPECT_EQ(system_failure(ENOTCONN, "").value().code, Errc::Internal);
}

}  // namespace
}  // namespace g2afs
