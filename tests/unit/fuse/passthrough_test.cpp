// SPDX-License-Identifier: MIT
#include "g2afs/fuse/passthrough.hpp"

#include <cerrno>
#include <fcntl.h>

#include <gtest/gtest.h>

#include "g2afs/base/file_descriptor.hpp"

namespace g2afs::test {
namespace {

TEST(Passthrough, AKernelThatHasNoneIsNotAskedForIt) {
  fuse_conn_info connection{};
  const auto wanted = connection.want;
  EXPECT_FALSE(want_passthrough(connection).empty());
  EXPECT_EQ(connection.want, wanted);
}

TEST(Passthrough, WhatIsNoFuseDeviceIsAnErrorNumber) {
  const FileDescriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(null.ok());
  EXPECT_LT(open_backing_file(null.get(), null.get()), 0);
  close_backing_file(null.get(), 1);
}

}  // namespace
}  // namespace g2afs::test
