// SPDX-License-Identifier: MIT
#include "g2afs/app/private_memory.hpp"

#include <cstdlib>
#include <new>
#include <sys/prctl.h>

#include "g2afs/base/wiped_memory.hpp"

namespace g2afs {

void keep_memory_private() { ::prctl(PR_SET_DUMPABLE, 0); }

}  // namespace g2afs

// In place of the library's; its other forms, but those for unusual alignments (blocks of media), call these.

void* operator new(std::size_t size) {
  for (;;) {
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void operator delete(void* memory) noexcept { g2afs::wipe_and_free(memory); }

void operator delete(void* memory, std::size_t) noexcept { g2afs::wipe_and_free(memory); }
