// SPDX-License-Identifier: MIT
#include "g2afs/fuse/backing_files.hpp"

#include <system_error>

namespace g2afs {

BackingFiles::Way BackingFiles::open(Ino ino, Handle handle, Whole whole, bool direct) {
  if (!started_) return {0, direct};
  const auto known = files_.find(ino);
  if (known != files_.end() && known->second.passed > 0) {
    File& file = known->second;
    ++file.passed;
    open_.emplace(handle.value, Open{ino, true});
    return {file.backing_id, whole.version != file.version};
  }
  if (known == files_.end() && whole.descriptor >= 0) {
    if (const int id = open_backing(whole.descriptor); id > 0) {
      files_.emplace(ino, File{id, whole.version, 1, 0});
      open_.emplace(handle.value, Open{ino, true});
      return {id, false};
    }
  }
  if (!direct) {
    ++files_[ino].cached;
    open_.emplace(handle.value, Open{ino, false});
  }
  return {0, direct};
}

int BackingFiles::open_backing(int descriptor) {
  if (refused_) return 0;
  const int id = calls_.open(descriptor);
  if (id < 0) {
    // It will not be otherwise with the next one: they are all in one directory, and we are who we are.
    refused_ = true;
    log_.debug("passthrough: none: the kernel refuses: {}", std::generic_category().message(-id));
  }
  return id;
}

void BackingFiles::release(Handle handle) {
  const auto closing = open_.extract(handle.value);
  if (!closing || !started_) return;
  const auto found = files_.find(closing.mapped().ino);
  File& file = found->second;
  --(closing.mapped().passed ? file.passed : file.cached);
  if (file.passed + file.cached > 0) return;
  if (file.backing_id != 0) calls_.close(file.backing_id);
  files_.erase(found);
}

}  // namespace g2afs
