// SPDX-License-Identifier: MIT
// Memory that is wiped when it is given back. Any thread.
//
// A Secret wipes itself, but on its way it is copied: into JSON, a request's body, curl's headers. Rather than to have each
// of these remembered, whatever is freed is wiped: the program does so for C++ (app/private_memory.hpp), the transport for
// curl.
#pragma once

#include <cstddef>

namespace g2afs {

/// free(), of memory from malloc() or these. Not wiped is what is larger than secrets and the buffers they travel in: the
/// receive buffers of media, which come and go hundreds of times a second.
void wipe_and_free(void* memory) noexcept;
/// realloc(), which may move; likewise.
void* wipe_and_reallocate(void* memory, std::size_t size) noexcept;

}  // namespace g2afs
