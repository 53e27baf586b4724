// SPDX-License-Identifier: MIT
// What the file system's operations take and give, without a FUSE type. Any thread (value types and immutable ones).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "g2afs/base/calendar.hpp"
#include "g2afs/catalog/inode.hpp"
#include "g2afs/content/reader.hpp"

namespace g2afs {

/// What stat shows.
struct Attributes {
  Ino ino = 0;
  std::uint32_t mode = 0;  // type and permission bits, the mount's umask applied
  std::uint32_t links = 1;
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t size = 0;  // bytes; exact
  Time time;               // mtime, ctime and atime
  /// False for what is made anew each time it is asked for (/.g2afs): the kernel must not remember it.
  bool cacheable = true;
};

struct DirectoryEntry {
  std::string name;
  Ino ino = 0;
  bool directory = false;
  /// Nothing where the exact size is not known yet: whoever wants it has to look the name up.
  std::optional<Attributes> attributes;
};

/// A directory as it was when it was opened: immutable, so an entry's index is a stable readdir offset.
class DirectoryView {
 public:
  virtual ~DirectoryView() = default;
  /// Entries, `.` and `..` among them (first).
  virtual std::size_t size() const = 0;
  virtual DirectoryEntry at(std::size_t index) const = 0;
  /// Whether a reader has read these very entries before: what the kernel remembers of the directory is still right.
  virtual bool read_before() const = 0;
  /// A reader has begun to read them.
  virtual void note_read() const = 0;
};

/// An open file; never used twice in a process.
struct Handle {
  std::uint64_t value = 0;
  bool operator==(const Handle&) const = default;
};

struct Opened {
  Handle handle;
  bool keep_cache = true;  // the kernel holds no pages but this object's
  bool direct = false;     // reads go past the page cache
};

/// What setxattr(2) may do.
enum class XattrMode {
  Either,
  Create,   // only make one that is not there
  Replace,  // only change one that is there
};

/// The bytes of a read: pieces of pinned blocks, or text made on the spot. Shorter than asked only at the end of file.
using ReadReply = Slices;

struct FileSystemUsage {
  std::uint64_t bytes = 0;  // known to exist
  std::uint64_t files = 0;  // likewise, directories included
};

}  // namespace g2afs
