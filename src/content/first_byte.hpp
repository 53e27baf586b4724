// SPDX-License-Identifier: MIT
// FirstByte: asks for one byte of a file, to learn whether its server has it now, whatever is known or kept of it here.
// Loop thread only; used by Sidecars.
#pragma once

#include "g2afs/content/content_file.hpp"

namespace g2afs {

class FirstByte {
 public:
  explicit FirstByte(ContentServices& services) : services_(services) {}

  /// Once, without a retry: any failure is a no. An empty file is there.
  Task<bool> comes(FileKey key, Priority priority);

 private:
  ContentServices& services_;
};

}  // namespace g2afs
