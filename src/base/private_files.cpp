// SPDX-License-Identifier: MIT
#include "g2afs/base/private_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "g2afs/base/file_descriptor.hpp"

namespace g2afs {
namespace {

tl::unexpected<Error> failed(const std::string& path, int error) {
  const Errc code = error == ENOENT || error == ENOTDIR ? Errc::NotFound
                    : error == EACCES || error == EPERM ? Errc::Denied
                                                        : Errc::Unavailable;
  return fail(code, fmt::format("{}: {}", path, std::generic_category().message(error)));
}

/// The path as a word of a shell command.
std::string shell_word(const std::string& path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+@%:,=";
  if (path.find_first_not_of(kPlain) == std::string::npos && !path.starts_with('-')) return path;
  std::string word = path.starts_with('-') ? "./'" : "'";
  for (const char c : path) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + '\'';
}

/// The owner first: chown takes bits of the mode away.
bool take_after(int fd, const std::string& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && ::fchown(fd, status.st_uid, status.st_gid) == 0 &&
         ::fchmod(fd, status.st_mode & 07777U) == 0;
}

}  // namespace

Result<PrivateFile> read_private_file(const std::filesystem::path& file, std::size_t limit, Pipes pipes) {
  const std::string path = file.string();
  // Non-blocking, so that a pipe that is not wanted does not hang us. Everything is asked of the open file, so that it
  // cannot be exchanged between the check and the reading.
  const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (pipes == Pipes::Refuse ? O_NONBLOCK : 0);
  const FileDescriptor fd(::open(path.c_str(), flags));
  struct stat status {};
  if (!fd.ok() || ::fstat(fd.get(), &status) != 0) return failed(path, errno);
  PrivateFile read{{}, S_ISREG(status.st_mode)};
  if (!read.regular && pipes == Pipes::Refuse) return fail(Errc::Invalid, fmt::format("{}: is no file", path));
  if (const auto others = status.st_mode & 0777U; read.regular && (others & 077U) != 0) {
    return fail(Errc::Denied,
                fmt::format("{}: others may use it (mode {:04o}): chmod 600 {}", path, others, shell_word(path)));
  }
  constexpr std::size_t kAtOnce = 16384;
  for (std::string& text = read.text;;) {
    const std::size_t size = text.size();
    text.resize(size + kAtOnce);  // no buffer of its own: it would hold a secret when this is over
    const ssize_t got = ::read(fd.get(), text.data() + size, kAtOnce);
    text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path, errno);
    if (got == 0) return read;
    if (text.size() > limit) return fail(Errc::Invalid, fmt::format("{}: is too large", path));
  }
}

std::error_code replace_file(const std::filesystem::path& file, std::string_view text, Replacement as) {
  std::string aside = file.string() + ".XXXXXX";
  FileDescriptor fd(::mkostemp(aside.data(), O_CLOEXEC));
  const auto failed = [](int error) { return std::error_code(error, std::generic_category()); };
  if (!fd.ok()) return failed(errno);
  const bool fit = as == Replacement::Private || take_after(fd.get(), file.string());
  const bool written = fit && write_all(fd.get(), text) && ::fsync(fd.get()) == 0 && fd.close();
  if (!written || ::rename(aside.c_str(), file.c_str()) != 0) {
    const int error = errno;
    ::unlink(aside.c_str());
    return failed(error);
  }
  const std::filesystem::path parent = file.parent_path();
  const FileDescriptor directory(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // EINVAL: a file system that cannot sync a directory.
  const bool synced = directory.ok() && (::fsync(directory.get()) == 0 || errno == EINVAL);
  return synced ? std::error_code() : failed(errno);
}

std::error_code make_private_directories(const std::filesystem::path& directory) {
  const auto make = [&] { return ::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST; };
  if (directory.empty() || make()) return {};
  if (errno != ENOENT) return {errno, std::generic_category()};
  if (const auto error = make_private_directories(directory.parent_path())) return error;
  return make() ? std::error_code() : std::error_code(errno, std::generic_category());
}

}  // namespace g2afs
