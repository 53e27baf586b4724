// SPDX-License-Identifier: MIT
#include "g2afs/app/private_memory.hpp"

#include <cstdlib>
#include <new>
#include <sys/prctl.h>

#include "g2afs/base/wiped_memory.hpp"

namespace g2afs {

void keep_memory_private() { ::prctl(PR_SET_DUMPABLE, 0); }

}  // namespace g2afs

// In place of the library's; its other forms, but those for unusual alignments (blocks of media), call these. AddressSanitizer
// has forms of its own, and what its one that does not throw returns must not come to delete here: hence that one as well.

void* operator new(std::size_t size) {
  for (;;) {
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return ::operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void operator delete(void* memory) noexcept { g2afs::wipe_and_free(memory); }

void operator delete(void* memory, std::size_t) noexcept { g2afs::wipe_and_free(memory); }

void operator delete(void* memory, const std::nothrow_t&) noexcept { g2afs::wipe_and_free(memory); }
