// SPDX-License-Identifier: MIT
// The token file: read with its permissions checked, replaced in one step. Any thread.
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "g2afs/api/token_source.hpp"

namespace g2afs {
namespace {

namespace stdfs = std::filesystem;

constexpr std::size_t kMaxFile = 1 << 20;  // tokens are a few hundred bytes

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  /// False, with errno, where the last writes failed.
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

std::string because(int error) { return std::generic_category().message(error); }

Result<std::string> read_private_file(const stdfs::path& file) {
  const auto unreadable = [&](int error) {
    const Errc code = error == ENOENT || error == ENOTDIR ? Errc::NotFound
                      : error == EACCES || error == EPERM ? Errc::Denied
                                                          : Errc::Unavailable;
    return fail(code, fmt::format("token file {} cannot be read: {}", file.string(), because(error)));
  };
  // Non-blocking, so that a FIFO in its place does not hang the mount.
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.ok()) return unreadable(errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return unreadable(errno);
  if (!S_ISREG(status.st_mode)) return fail(Errc::Invalid, fmt::format("token file {} is no file", file.string()));
  if ((status.st_mode & 077) != 0) {
    return fail(Errc::Denied,
                fmt::format("token file {} can be read by others: chmod 600 {}", file.string(), file.string()));
  }
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(errno);
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kMaxFile) return fail(Errc::Invalid, fmt::format("token file {} is too large", file.string()));
  }
}

/// The file's JSON object, or an empty one where there is nothing to keep.
nlohmann::json read_members(const stdfs::path& file) {
  const Result<std::string> text = read_private_file(file);
  auto json = text ? nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false) : nlohmann::json();
  return json.is_object() ? json : nlohmann::json::object();
}

Secret secret_member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || !found->is_string() ? Secret() : Secret(found->get<std::string>());
}

/// 0 or errno.
int make_private_directories(const stdfs::path& directory) {
  if (directory.empty() || ::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return 0;
  if (errno != ENOENT) return errno;
  if (const int error = make_private_directories(directory.parent_path()); error != 0) return error;
  return ::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST ? 0 : errno;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno != EINTR) return false;
    if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

/// Puts a file of mode 0600 in place of `file`: after a crash there is the old one or the new one. 0 or
/// errno.
int replace_file(const stdfs::path& file, std::string_view text) {
  std::string aside = file.string() + ".XXXXXX";
  FileDescriptor fd(::mkostemp(aside.data(), O_CLOEXEC));
  if (!fd.ok()) return errno;
  const bool written = write_all(fd.get(), text) && ::fsync(fd.get()) == 0 && fd.close();
  if (!written || ::rename(aside.c_str(), file.c_str()) != 0) {
    const int error = errno;
    ::unlink(aside.c_str());
    return error;
  }
  const stdfs::path parent = file.parent_path();
  const FileDescriptor directory(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // EINVAL: a file system that cannot sync a directory.
  return directory.ok() && (::fsync(directory.get()) == 0 || errno == EINVAL) ? 0 : errno;
}

}  // namespace

Result<StoredTokens> read_token_file(const stdfs::path& file) {
  const Result<std::string> text = read_private_file(file);
  if (!text) return fail(text.error());
  const auto json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return fail(Errc::Invalid, fmt::format("token file {} holds no JSON object", file.string()));

  StoredTokens tokens;
  tokens.refresh_token = secret_member(json, "refresh_token");
  if (tokens.refresh_token.empty()) {
    return fail(Errc::Invalid, fmt::format("token file {} holds no refresh_token", file.string()));
  }
  tokens.access_token = secret_member(json, "access_token");
  if (const auto ends = json.find("expires_at"); ends != json.end() && ends->is_number_integer()) {
    tokens.expires_at = std::chrono::sys_seconds(std::chrono::seconds(ends->get<std::int64_t>()));
  }
  return tokens;
}

Result<void> write_token_file(const stdfs::path& file, const StoredTokens& tokens) {
  nlohmann::json json = read_members(file);
  json["refresh_token"] = tokens.refresh_token.reveal();
  json.erase("access_token");
  json.erase("expires_at");
  if (!tokens.access_token.empty()) {
    json["access_token"] = tokens.access_token.reveal();
    if (tokens.expires_at) json["expires_at"] = tokens.expires_at->time_since_epoch().count();
  }
  // Tokens come from JSON and so are UTF-8; the strict default would throw for any that is not.
  const std::string text = json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';

  int error = make_private_directories(file.parent_path());
  if (error == 0) error = replace_file(file, text);
  if (error == 0) return {};
  return fail(Errc::Unavailable, fmt::format("token file {} cannot be written: {}", file.string(), because(error)));
}

}  // namespace g2afs
