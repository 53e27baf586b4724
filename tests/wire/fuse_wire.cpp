// SPDX-License-Identifier: MIT
#include "wire/fuse_wire.hpp"

#include <cerrno>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>

#include "g2afs/fuse/lowlevel.hpp"

namespace g2afs::test {
namespace {

/// The largest reply a test asks for, with its header.
constexpr std::size_t kLargestReply = (128 << 10) + sizeof(fuse_out_header);

void await(int descriptor, short events) {
  pollfd waiting{descriptor, events, 0};
  while (::poll(&waiting, 1, -1) < 0 && errno == EINTR) {
  }
}

/// Where /dev/fuse says that the mount is gone, the socket says end of file.
ssize_t session_read(int descriptor, void* buffer, std::size_t size, void*) {
  const ssize_t got = ::read(descriptor, buffer, size);
  if (got != 0) return got;
  errno = ENODEV;
  return -1;
}

/// /dev/fuse takes a reply at once; the socket may be full.
ssize_t session_writev(int descriptor, iovec* pieces, int count, void*) {
  for (;;) {
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = static_cast<std::size_t>(count);
    const ssize_t sent = ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno == EPIPE) errno = ENOENT;  // nobody is there to answer
    if (errno != EAGAIN) return -1;
    await(descriptor, POLLOUT);
  }
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

FuseWire::FuseWire() {
  int ends[2];
  // Packets, as /dev/fuse: one read is one request.
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) fail("socketpair");
  kernel_end_ = ends[0];
  session_end_ = ends[1];
}

FuseWire::~FuseWire() { hang_up(); }

void FuseWire::hang_up() {
  if (kernel_end_ >= 0) ::close(kernel_end_);
  kernel_end_ = -1;
}

const fuse_custom_io& FuseWire::io() {
  static const fuse_custom_io functions{session_writev, session_read, nullptr, nullptr};
  return functions;
}

std::uint64_t FuseWire::send(fuse_opcode opcode, std::uint64_t node, std::string body) {
  fuse_in_header header{};
  header.len = static_cast<std::uint32_t>(sizeof header + body.size());
  header.opcode = opcode;
  header.unique = next_;
  header.nodeid = node;
  header.pid = static_cast<std::uint32_t>(thread);
  const std::string request = bytes(header) + body;
  while (::send(kernel_end_, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) fail("sending a request");
  }
  next_ += 2;
  return header.unique;
}

bool FuseWire::receive(bool wait) {
  std::string packet(kLargestReply, '\0');
  ssize_t got = 0;
  do {
    got = ::recv(kernel_end_, packet.data(), packet.size(), wait ? 0 : MSG_DONTWAIT);
    // The other end was closed with requests unread, which is said once; replies may still be here.
  } while (got < 0 && (errno == EINTR || errno == ECONNRESET));
  if (got < 0 && errno == EAGAIN) return false;
  if (got < 0) fail("receiving a reply");
  fuse_out_header header{};
  if (static_cast<std::size_t>(got) < sizeof header) throw SessionHungUp();
  std::memcpy(&header, packet.data(), sizeof header);
  if (header.len != static_cast<std::size_t>(got)) throw std::runtime_error("a reply of another length than it says");
  const bool notification = header.unique == 0;
  Answer answer{header.unique, notification ? header.error : -header.error,
                packet.substr(sizeof header, static_cast<std::size_t>(got) - sizeof header)};
  if (notification) {
    notifications_.push_back(std::move(answer));
  } else if (!replies_.emplace(header.unique, std::move(answer)).second) {
    throw std::runtime_error("a second reply to one request");
  }
  return true;
}

FuseWire::Answer FuseWire::wait_for(std::uint64_t request) {
  while (!replies_.contains(request)) receive(true);
  return std::move(replies_.extract(request).mapped());
}

FuseWire::Answer FuseWire::next_notification() {
  while (notifications_.empty()) receive(true);
  Answer first = std::move(notifications_.front());
  notifications_.pop_front();
  return first;
}

std::size_t FuseWire::unclaimed() {
  while (receive(false)) {
  }
  return replies_.size();
}

fuse_init_out FuseWire::init(std::uint32_t flags) {
  fuse_init_in in{};
  in.major = FUSE_KERNEL_VERSION;
  in.minor = FUSE_KERNEL_MINOR_VERSION;
  in.max_readahead = 128 << 10;  // the kernel's default
  in.flags = flags;
  return ask(FUSE_INIT, 0, bytes(in)).as<fuse_init_out>();
}

FuseWire::Answer FuseWire::lookup(std::uint64_t parent, std::string_view text) {
  return ask(FUSE_LOOKUP, parent, name(text));
}

FuseWire::Answer FuseWire::open(std::uint64_t node, std::uint32_t flags) {
  fuse_open_in in{};
  in.flags = flags;
  return ask(FUSE_OPEN, node, bytes(in));
}

std::uint64_t FuseWire::send_read(std::uint64_t node, std::uint64_t handle, std::uint64_t offset, std::uint32_t size) {
  fuse_read_in in{};
  in.fh = handle;
  in.offset = offset;
  in.size = size;
  return send(FUSE_READ, node, bytes(in));
}

FuseWire::Answer FuseWire::getxattr(std::uint64_t node, std::string_view text, std::uint32_t size) {
  fuse_getxattr_in in{};
  in.size = size;
  return ask(FUSE_GETXATTR, node, bytes(in) + name(text));
}

std::uint64_t FuseWire::send_setxattr(std::uint64_t node, std::string_view text, std::string_view value,
                                      std::uint32_t flags) {
  fuse_setxattr_in in{};
  in.size = static_cast<std::uint32_t>(value.size());
  in.flags = flags;
  // Without FUSE_SETXATTR_EXT the structure ends after `flags`.
  return send(FUSE_SETXATTR, node, bytes(in).substr(0, FUSE_COMPAT_SETXATTR_IN_SIZE) + name(text) + std::string(value));
}

std::uint64_t FuseWire::interrupt(std::uint64_t request) {
  fuse_interrupt_in in{};
  in.unique = request;
  return send(FUSE_INTERRUPT, 0, bytes(in));
}

std::vector<FuseWire::Entry> FuseWire::readdir(std::uint64_t node, std::uint64_t handle, std::uint64_t offset,
                                               std::uint32_t size, bool plus) {
  fuse_read_in in{};
  in.fh = handle;
  in.offset = offset;
  in.size = size;
  const Answer page = ask(plus ? FUSE_READDIRPLUS : FUSE_READDIR, node, bytes(in));
  if (page.error != 0) throw std::system_error(page.error, std::generic_category(), "reading a directory");
  if (page.body.size() > size) throw std::runtime_error("a page larger than asked for");
  std::vector<Entry> entries;
  for (std::size_t at = 0; at < page.body.size();) {
    Entry entry;
    if (plus) std::memcpy(&entry.attributes, &page.body.at(at), sizeof entry.attributes);
    const std::size_t head = at + (plus ? offsetof(fuse_direntplus, dirent) : 0);
    fuse_dirent dirent{};
    std::memcpy(&dirent, &page.body.at(head), FUSE_NAME_OFFSET);
    entry.name = page.body.substr(head + FUSE_NAME_OFFSET, dirent.namelen);
    entry.ino = dirent.ino;
    entry.next = dirent.off;
    entry.type = dirent.type;
    at = head + FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + dirent.namelen);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace g2afs::test
