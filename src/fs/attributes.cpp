// SPDX-License-Identifier: MIT
#include "g2afs/fs/attributes.hpp"

#include <sys/stat.h>

namespace g2afs {

Attributes AttributeMaker::make(Ino ino, bool directory, std::uint64_t size, Time time) const {
  Attributes attributes;
  attributes.ino = ino;
  attributes.mode = directory ? (S_IFDIR | (0755 & ~ownership_.umask)) : (S_IFREG | (0644 & ~ownership_.umask));
  attributes.uid = ownership_.uid;
  attributes.gid = ownership_.gid;
  attributes.size = size;
  attributes.time = time;
  return attributes;
}

Attributes AttributeMaker::dates(const DateDir& dir) const {
  return make(dir.ino(), true, 0, dir.is_root() ? Time{} : zone_.begin_of(dir.span().begin));
}

Attributes AttributeMaker::recording(Day day, const Recording& recording) const {
  return make(recording_ino(day, recording.id), true, 0, recording.start);
}

std::optional<Attributes> AttributeMaker::file(Day day, const Recording& recording, FileKind kind) const {
  const auto size = recording.size(kind);
  if (!size) return std::nullopt;
  return make(file_ino(day, recording.id, kind), false, *size, recording.start);
}

Attributes AttributeMaker::control_dir() const { return make(kControlDirIno, true, 0, Time{}); }

Attributes AttributeMaker::control_file(Ino ino, std::uint64_t size) const {
  Attributes attributes = make(ino, false, size, Time{});
  attributes.mode &= ~static_cast<std::uint32_t>(0222);
  attributes.cacheable = false;
  return attributes;
}

}  // namespace g2afs
