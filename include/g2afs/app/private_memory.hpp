// SPDX-License-Identifier: MIT
// The process's memory holds tokens: what nobody else may see of it, and what does not stay in it.
//
// A program that calls keep_memory_private() has, by that, operators new and delete that wipe what is freed
// (base/wiped_memory.hpp): a token that was replaced is in no string, JSON or coroutine frame that is gone. Any thread.
#pragma once

namespace g2afs {

/// No core on the disk, and nobody but root reads it. Before there is a secret.
void keep_memory_private();

}  // namespace g2afs
