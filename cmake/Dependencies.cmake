# SPDX-License-Identifier: MIT
# Every library g2afs uses, each a Debian package; a missing one is named with the package that holds it.

function(g2afs_missing what package)
  message(FATAL_ERROR "${what} was not found: install ${package} (scripts/install-deps --test installs everything; -DG2AFS_TESTS=OFF needs no test library)")
endfunction()

# Finds a library that ships a CMake package file.
macro(g2afs_package name package)
  find_package(${name} ${ARGN} QUIET)
  if(NOT ${name}_FOUND)
    g2afs_missing(${name} ${package})
  endif()
endmacro()

# Finds a library that ships a pkg-config file; the target is PkgConfig::<target>.
function(g2afs_pkg target module package)
  pkg_check_modules(${target} QUIET IMPORTED_TARGET GLOBAL ${module})
  if(NOT ${target}_FOUND)
    g2afs_missing(${module} ${package})
  endif()
endfunction()

# A library that is headers only and ships neither.
function(g2afs_headers target header package)
  find_path(${target}_INCLUDE ${header})
  if(NOT ${target}_INCLUDE)
    g2afs_missing(${header} ${package})
  endif()
  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE ${${target}_INCLUDE})
endfunction()

find_package(PkgConfig QUIET)
if(NOT PKG_CONFIG_FOUND)
  g2afs_missing(pkg-config pkg-config)
endif()
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

g2afs_package(Boost libboost-dev 1.74)
g2afs_package(fmt libfmt-dev)
g2afs_package(spdlog libspdlog-dev)
g2afs_package(nlohmann_json nlohmann-json3-dev)
g2afs_package(date libhowardhinnant-date-dev)
g2afs_package(prometheus-cpp prometheus-cpp-dev)
g2afs_package(CLI11 libcli11-dev)
g2afs_package(SQLiteCpp libsqlitecpp-dev)
g2afs_package(OpenSSL libssl-dev)
g2afs_pkg(FUSE3 "fuse3>=3.12" libfuse3-dev)
g2afs_pkg(CURL "libcurl>=7.85" libcurl4-openssl-dev)
g2afs_pkg(XXHASH libxxhash libxxhash-dev)
g2afs_pkg(SYSTEMD libsystemd libsystemd-dev)
g2afs_headers(asio asio.hpp libasio-dev)
target_compile_definitions(asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)
target_link_libraries(asio INTERFACE Threads::Threads)
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  # Asio 1.22 looks for the coroutines that clang had before C++20's.
  target_compile_definitions(asio INTERFACE ASIO_HAS_CO_AWAIT)
endif()
g2afs_headers(expected tl/expected.hpp libexpected-dev)
