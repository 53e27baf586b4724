// SPDX-License-Identifier: MIT
#include "g2afs/fuse/backing_files.hpp"

#include <system_error>

namespace g2afs {

BackingFiles::Way BackingFiles::open(Ino ino, Handle handle, Whole whole, bool direct) {
  if (!started_) return {0, direct};
  const auto counted = [&](File& file) -> File& {
    ++file.handles;
    open_.emplace(handle.value, ino);
    return file;
  };
  const auto known = files_.find(ino);
  if (known != files_.end() && known->second.backing_id != 0) {
    const File& file = counted(known->second);
    return {file.backing_id, whole.descriptor < 0 || whole.generation != file.generation};
  }
  if (known == files_.end() && whole.descriptor >= 0) {
    if (const int id = open_backing(whole.descriptor); id > 0) {
      counted(files_[ino] = File{id, whole.generation});
      return {id, false};
    }
  }
  if (!direct) counted(files_[ino]);
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
  const auto found = files_.find(closing.mapped());
  if (--found->second.handles > 0) return;
  if (found->second.backing_id != 0) calls_.close(found->second.backing_id);
  files_.erase(found);
}

}  // namespace g2afs
