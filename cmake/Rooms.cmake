# SPDX-License-Identifier: MIT
# add_room(name LINKS …): the static library g2afs_<name> of src/<name>/*.cpp, with include/ as its headers.

add_library(g2afs_options INTERFACE)
target_compile_options(g2afs_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wconversion
                                               -Wno-sign-conversion)
# g++ 12 sees uninitialised or mismatched memory in coroutine frames and inlined containers where there is none.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(g2afs_options INTERFACE -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
endif()
# Line tables are enough for a backtrace; whole debug information costs a quarter of the compile time.
target_compile_options(g2afs_options INTERFACE $<$<CONFIG:RelWithDebInfo>:-g1>)
if(G2AFS_WERROR)
  target_compile_options(g2afs_options INTERFACE -Werror)
endif()
if(G2AFS_SANITIZE)
  target_compile_options(g2afs_options INTERFACE -fsanitize=${G2AFS_SANITIZE} -fno-sanitize-recover=all
                                                 -fno-omit-frame-pointer)
  target_link_options(g2afs_options INTERFACE -fsanitize=${G2AFS_SANITIZE})
  if(G2AFS_SANITIZE STREQUAL thread)
    # Asio has fences, which ThreadSanitizer does not see; what they order is guarded by mutexes as well.
    target_compile_options(g2afs_options INTERFACE -Wno-tsan)
  endif()
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

function(add_room name)
  cmake_parse_arguments(ROOM "" "" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(g2afs_${name} STATIC ${sources})
  target_include_directories(g2afs_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(g2afs_${name} PUBLIC ${ROOM_LINKS} g2afs_options)
  target_compile_definitions(g2afs_${name} PRIVATE G2AFS_VERSION="${PROJECT_VERSION}")
endfunction()
