// SPDX-License-Identifier: MIT
// With this file all tests of the room have the program's operators new and delete.
#include "g2afs/app/private_memory.hpp"

#include <new>
#include <sys/prctl.h>

#include <gtest/gtest.h>

namespace g2afs {
namespace {

TEST(PrivateMemory, LeavesNoCore) {
  const int before = ::prctl(PR_GET_DUMPABLE);
  keep_memory_private();
  EXPECT_EQ(::prctl(PR_GET_DUMPABLE), 0);
  ::prctl(PR_SET_DUMPABLE, before);
}

// For AddressSanitizer, which compares the two: std::stable_sort does this.
TEST(PrivateMemory, WhatNewDoesNotThrowForGoesToTheSameDelete) {
  void* const memory = ::operator new(24, std::nothrow);
  ASSERT_NE(memory, nullptr);
  ::operator delete(memory);
}

}  // namespace
}  // namespace g2afs
