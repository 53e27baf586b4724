// SPDX-License-Identifier: MIT
// What the file system answers, in the types libfuse sends. Any thread; pure.
#pragma once

#include <cstddef>
#include <span>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "g2afs/fs/types.hpp"
#include "g2afs/fuse/lowlevel.hpp"

namespace g2afs {

/// How long the kernel may use what it was told without asking again; in seconds, as libfuse takes them.
struct Timeouts {
  double entry = 0;
  double attributes = 0;
};

struct stat to_stat(const Attributes& attributes);
fuse_entry_param to_entry(const Attributes& attributes, Timeouts timeouts);
/// Nothing is free: the tree cannot be written.
struct statvfs to_statvfs(const FileSystemUsage& usage);

/// Fills `buffer` with the entries from `offset` on, as many as fit whole; returns the bytes used, 0 at the end of the
/// directory. An entry's own offset is its index, so the next page starts at the index behind the last entry.
std::size_t fill_directory(const DirectoryView& view, std::size_t offset, std::span<char> buffer);

/// The same with attributes, which the kernel takes as if each name had been looked up. An entry whose attributes are
/// not known goes without an inode (nodeid 0): the kernel lists it, and looks it up once somebody asks for more.
std::size_t fill_directory_plus(const DirectoryView& view, std::size_t offset, std::span<char> buffer,
                                Timeouts timeouts);

}  // namespace g2afs
