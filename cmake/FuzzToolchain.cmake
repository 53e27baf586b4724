# SPDX-License-Identifier: MIT
# The compiler of preset `fuzz`: libFuzzer is clang's. Version 19 is in Debian 12 and 13; 14, the default of Debian 12, knows
# no C++20 coroutines.
find_program(G2AFS_CLANG clang++-19 NO_CACHE)
if(NOT G2AFS_CLANG)
  message(FATAL_ERROR "clang++-19 was not found: install clang-19 and libclang-rt-19-dev (scripts/install-deps --test installs everything)")
endif()
set(CMAKE_CXX_COMPILER ${G2AFS_CLANG})
