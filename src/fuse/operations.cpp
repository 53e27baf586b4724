// SPDX-License-Identifier: MIT
#include "g2afs/fuse/operations.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/uio.h>
#include <sys/xattr.h>

#include <boost/container/small_vector.hpp>

#include "g2afs/fuse/errno_map.hpp"
#include "g2afs/fuse/passthrough.hpp"

namespace g2afs {
namespace {

using What = Operations::What;

void init(void* operations, fuse_conn_info* connection) {
  static_cast<Operations*>(operations)->negotiate(*connection);
}

void lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  auto& self = Operations::of(request);
  self.answer(
      request, What{"lookup", parent}, self.file_system.known_lookup(parent, name),
      [&fs = self.file_system, parent, name = std::string(name)] { return fs.lookup(parent, name); },
      [timeouts = self.timeouts](fuse_req_t asked, const Attributes& attributes) {
        const auto entry = to_entry(attributes, timeouts);
        fuse_reply_entry(asked, &entry);
      });
}

void getattr(fuse_req_t request, fuse_ino_t ino, fuse_file_info*) {
  auto& self = Operations::of(request);
  auto known = self.file_system.known_attributes(ino);
  // An open file that has left the tree still has attributes: the loop knows. (fstat comes without the handle.)
  if (known && !*known) known.reset();
  self.answer(
      request, What{"getattr", ino}, std::move(known), [&fs = self.file_system, ino] { return fs.attributes(ino); },
      [timeout = self.timeouts.attributes](fuse_req_t asked, const Attributes& attributes) {
        const auto stat = to_stat(attributes);
        fuse_reply_attr(asked, &stat, attributes.cacheable ? timeout : 0);
      });
}

void statfs(fuse_req_t request, fuse_ino_t) {
  const auto stat = to_statvfs(Operations::of(request).file_system.usage());
  fuse_reply_statfs(request, &stat);
}

// Directories.

void opendir(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info) {
  auto& self = Operations::of(request);
  const auto send = [&open = self.directories, reply = *info](fuse_req_t asked,
                                                              std::shared_ptr<const DirectoryView> view) mutable {
    // The kernel keeps what it has read of the directory only where nothing has changed since.
    reply.cache_readdir = true;
    reply.keep_cache = view && view->read_before();
    reply.fh = open.add(std::move(view));
    // An opener that was interrupted gets nothing to close.
    if (fuse_reply_open(asked, &reply) != 0) open.remove(reply.fh);
  };
  auto known = self.file_system.known_directory(ino);
  // Who does not insist on a directory (df opens whatever it is asked about) is not about to read it, and does not wait.
  if (!known && (info->flags & O_DIRECTORY) == 0) known.emplace(nullptr);
  self.answer(
      request, What{"opendir", ino}, std::move(known), [&fs = self.file_system, ino] { return fs.directory(ino); },
      send);
}

/// Fills a page with `fill(view, first, page)`.
template <class Fill>
void reply_page(fuse_req_t request, fuse_ino_t ino, std::uint64_t handle, std::size_t size, off_t offset, Fill fill) {
  auto& self = Operations::of(request);
  const auto view = self.directories.find(handle);
  if (!view || offset < 0) {
    fuse_reply_err(request, EBADF);
    return;
  }
  const auto send = [=, &open = self.directories](fuse_req_t asked, std::shared_ptr<const DirectoryView> entries) {
    if (!*view) open.learn(handle, entries);
    // Only now has the kernel dropped what it kept of an earlier version.
    if (offset == 0) entries->note_read();
    const auto page = std::make_unique_for_overwrite<char[]>(size);
    const auto used = fill(*entries, static_cast<std::size_t>(offset), std::span<char>(page.get(), size));
    fuse_reply_buf(asked, page.get(), used);
  };
  std::optional<Result<std::shared_ptr<const DirectoryView>>> known;
  if (*view) known.emplace(*view);
  self.answer(
      request, What{"readdir", ino}, std::move(known), [&fs = self.file_system, ino] { return fs.directory(ino); },
      send);
}

void readdir(fuse_req_t request, fuse_ino_t ino, std::size_t size, off_t offset, fuse_file_info* info) {
  reply_page(request, ino, info->fh, size, offset, fill_directory);
}

void readdirplus(fuse_req_t request, fuse_ino_t ino, std::size_t size, off_t offset, fuse_file_info* info) {
  reply_page(request, ino, info->fh, size, offset,
             [timeouts = Operations::of(request).timeouts](auto& view, std::size_t first, std::span<char> page) {
               return fill_directory_plus(view, first, page, timeouts);
             });
}

void releasedir(fuse_req_t request, fuse_ino_t, fuse_file_info* info) {
  Operations::of(request).directories.remove(info->fh);
  fuse_reply_err(request, 0);
}

// Files.

/// Whatever would change the tree. (The mount is not `ro`: the kernel would then refuse setxattr.)
template <class... Rest>
void read_only(fuse_req_t request, Rest...) {
  fuse_reply_err(request, to_errno(Errc::ReadOnly));
}

void open(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info) {
  if ((info->flags & O_ACCMODE) != O_RDONLY || (info->flags & O_TRUNC) != 0) return read_only(request);
  auto& self = Operations::of(request);
  self.answer(
      request, What{"open", ino}, [&fs = self.file_system, ino] { return fs.open(ino); },
      [&fs = self.file_system, &backing_files = *self.backing_files, ino, reply = *info](fuse_req_t asked,
                                                                                         const Opened& opened) mutable {
        reply.fh = opened.handle.value;
        reply.keep_cache = opened.keep_cache;
        Reader* const reader = fs.reader(opened.handle);
        // Who opens it with O_DIRECT would be held to the alignment that the cache's own file system wants.
        const bool may_pass = reader != nullptr && backing_files.may_pass() && (reply.flags & O_DIRECT) == 0;
        const Whole whole = may_pass ? reader->file().whole_on_disk() : Whole{};
        if (may_pass && whole.descriptor < 0) reader->prove_on_disk();
        const auto way = backing_files.open(ino, opened.handle, whole, opened.direct);
        reply.direct_io = way.direct;
        if (way.backing_id != 0) pass_through(reply, way.backing_id);
        if (reader != nullptr && way.read_by_kernel()) reader->set_passthrough();
        if (reader != nullptr && way.direct) reader->set_bypass();
        if (fuse_reply_open(asked, &reply) != 0) {  // as in opendir
          backing_files.release(opened.handle);
          fs.release(opened.handle);
        }
      });
}

/// The bytes go from the pinned blocks to the kernel without a copy of ours.
void reply_slices(fuse_req_t request, const ReadReply& slices) {
  boost::container::small_vector<iovec, 10> pieces;  // as many as Slices holds in place
  for (const Slice& slice : slices) {
    pieces.push_back({const_cast<std::byte*>(slice.bytes.data()), slice.bytes.size()});
  }
  fuse_reply_iov(request, pieces.data(), static_cast<int>(pieces.size()));
}

void read(fuse_req_t request, fuse_ino_t ino, std::size_t size, off_t offset, fuse_file_info* info) {
  auto& self = Operations::of(request);
  self.answer(
      request, What{"read", ino},
      [&fs = self.file_system, handle = Handle{info->fh}, offset = static_cast<std::uint64_t>(offset), size] {
        return fs.read(handle, offset, size);
      },
      reply_slices);
}

void release(fuse_req_t request, fuse_ino_t, fuse_file_info* info) {
  auto& self = Operations::of(request);
  self.loop.post([&fs = self.file_system, backing_files = self.backing_files, handle = Handle{info->fh}] {
    backing_files->release(handle);
    fs.release(handle);
  });
  fuse_reply_err(request, 0);
}

void ioctl(fuse_req_t request, fuse_ino_t, unsigned, void*, fuse_file_info*, unsigned, const void*, std::size_t,
           std::size_t) {
  fuse_reply_err(request, ENOTTY);
}

// Extended attributes.

/// Size 0 asks how much room is needed (getxattr(2)).
auto send_bytes(std::size_t size) {
  return [size](fuse_req_t request, const std::string& bytes) {
    if (size == 0) {
      fuse_reply_xattr(request, bytes.size());
    } else if (bytes.size() > size) {
      fuse_reply_err(request, to_errno(Errc::Range));
    } else {
      fuse_reply_buf(request, bytes.data(), bytes.size());
    }
  };
}

void getxattr(fuse_req_t request, fuse_ino_t ino, const char* name, std::size_t size) {
  auto& self = Operations::of(request);
  self.answer(
      request, What{"getxattr", ino}, self.file_system.known_xattr(ino, name),
      [&fs = self.file_system, ino, name = std::string(name)] { return fs.xattr(ino, name); }, send_bytes(size));
}

void listxattr(fuse_req_t request, fuse_ino_t ino, std::size_t size) {
  auto& self = Operations::of(request);
  self.answer(
      request, What{"listxattr", ino}, self.file_system.known_xattr_names(ino),
      [&fs = self.file_system, ino] { return fs.xattr_names(ino); }, send_bytes(size));
}

XattrMode mode_of(int flags) {
  if ((flags & XATTR_CREATE) != 0) return XattrMode::Create;
  return (flags & XATTR_REPLACE) != 0 ? XattrMode::Replace : XattrMode::Either;
}

/// Who may has been settled by the kernel (default_permissions): those who may write by the mode that is shown.
void setxattr(fuse_req_t request, fuse_ino_t ino, const char* name, const char* value, std::size_t size, int flags) {
  auto& self = Operations::of(request);
  const fuse_ctx* process = fuse_req_ctx(request);
  self.answer(
      request, What{"setxattr", ino},
      [&fs = self.file_system, ino, name = std::string(name), value = std::string(value, size), mode = mode_of(flags),
       caller = Caller{process->uid, process->pid}] { return fs.set_xattr(ino, name, value, mode, caller); },
      [](fuse_req_t asked) { fuse_reply_err(asked, 0); });
}

void removexattr(fuse_req_t request, fuse_ino_t, const char*) { fuse_reply_err(request, to_errno(Errc::Unsupported)); }

/// What is left out answers ENOSYS, after which the kernel does it alone and stops asking: access
/// (default_permissions), flush, fsync, locks, lseek (no holes), copy_file_range, poll. Forgotten inodes need no
/// answer: their numbers mean the same for ever.
fuse_lowlevel_ops make_table() {
  fuse_lowlevel_ops ops{};
  ops.init = init;
  ops.lookup = lookup;
  ops.getattr = getattr;
  ops.statfs = statfs;
  ops.opendir = opendir;
  ops.readdir = readdir;
  ops.readdirplus = readdirplus;
  ops.releasedir = releasedir;
  ops.open = open;
  ops.read = read;
  ops.release = release;
  ops.ioctl = ioctl;
  ops.getxattr = getxattr;
  ops.listxattr = listxattr;
  ops.setxattr = setxattr;
  ops.removexattr = removexattr;

  ops.setattr = read_only;
  ops.mknod = read_only;
  ops.mkdir = read_only;
  ops.unlink = read_only;
  ops.rmdir = read_only;
  ops.symlink = read_only;
  ops.rename = read_only;
  ops.link = read_only;
  ops.create = read_only;
  ops.write = read_only;
  ops.fallocate = read_only;
  return ops;
}

}  // namespace

Operations::Operations(FileSystem& file_system_, Loop& loop_, Clock& clock, Log& log, Timeouts timeouts_,
                       Negotiate negotiate_)
    : file_system(file_system_),
      loop(loop_),
      timeouts(timeouts_),
      negotiate(std::move(negotiate_)),
      requests(std::make_shared<Requests>(loop_, clock)),
      backing_files(std::make_shared<BackingFiles>(log)),
      log_(log) {}

const fuse_lowlevel_ops& Operations::table() {
  static const fuse_lowlevel_ops ops = make_table();
  return ops;
}

void Operations::fail_request(fuse_req_t request, What what, const Error& error) {
  switch (error.code) {
    case Errc::Denied:
    case Errc::Forbidden:
    case Errc::TooLong:
    case Errc::Unavailable:
    case Errc::Throttled:
    case Errc::Changed:
    case Errc::Internal:
      log_.warn("{} of inode {} failed: {} ({})", what.operation, what.ino, error.what, to_string(error.code));
      break;
    default:  // what the process asked for cannot be had: its business
      log_.debug("{} of inode {}: {} ({})", what.operation, what.ino, error.what, to_string(error.code));
  }
  fuse_reply_err(request, to_errno(error.code));
}

}  // namespace g2afs
