// SPDX-License-Identifier: MIT
#include "g2afs/app/config_file.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace g2afs {
namespace {

constexpr std::size_t kLargest = 1 << 20;  // bytes; more is not a configuration

class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> failed(const std::string& path, int error) {
  const Errc code = error == ENOENT || error == ENOTDIR ? Errc::NotFound
                    : error == EACCES || error == EPERM ? Errc::Denied
                                                        : Errc::Invalid;
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

Result<std::string> read_to_end(int fd, const std::string& path) {
  std::string text;
  std::array<char, 16384> part{};
  for (;;) {
    const ssize_t n = ::read(fd, part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(path, errno);
    if (n == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(n));
    if (text.size() > kLargest) return fail(Errc::Invalid, fmt::format("{}: is too large for a config file", path));
  }
}

}  // namespace

Result<ConfigFile> read_config_file(const std::string& path) {
  // Everything is asked of the open file, so that it cannot be exchanged between the check and the reading.
  const OpenFile file(path);
  struct stat status {};
  if (file.fd() < 0 || ::fstat(file.fd(), &status) != 0) return failed(path, errno);
  const bool regular = S_ISREG(status.st_mode);
  if (const auto others = status.st_mode & 0777U; regular && (others & 077U) != 0) {
    return fail(Errc::Denied,
                fmt::format("{}: others may use it (mode {:04o}): chmod 600 {}", path, others, shell_word(path)));
  }
  auto text = read_to_end(file.fd(), path);
  if (!text) return fail(std::move(text).error());
  auto members = parse_config_text(*text, path);
  if (!members) return fail(std::move(members).error());
  return ConfigFile{*std::move(members), regular};
}

}  // namespace g2afs
