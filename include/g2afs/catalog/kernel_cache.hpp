// SPDX-License-Identifier: MIT
// What the kernel has to be told when the tree changes behind its back. Implemented by `fuse`: any thread, and it never waits
// for the kernel.
#pragma once

#include <string>

#include "g2afs/catalog/inode.hpp"

namespace g2afs {

class KernelCache {
 public:
  virtual ~KernelCache() = default;
  /// The name is gone from the directory.
  virtual void entry_gone(Ino parent, Ino child, std::string name) = 0;
  /// The directory has new names, or the file new attributes: forget what is cached of it.
  virtual void changed(Ino ino) = 0;
};

}  // namespace g2afs
