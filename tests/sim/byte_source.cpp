// SPDX-License-Identifier: MIT
#include "sim/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace g2a_sim {
namespace {

class FileSource final : public ByteSource {
 public:
  FileSource(int fd, std::uint64_t size, std::uint32_t version) : fd_(fd), size_(size), version_(version) {}
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override { ::close(fd_); }

  std::uint64_t size() const override { return size_; }

  bool read(std::uint64_t offset, std::span<char> out) const override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t n = ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (n <= 0) return false;
      done += static_cast<std::size_t>(n);
    }
    if (version_ != 0) {
      for (char& c : out) c = static_cast<char>(c ^ static_cast<char>((version_ * 37U) | 1U));
    }
    return true;
  }

 private:
  int fd_;
  std::uint64_t size_;
  std::uint32_t version_;
};

}  // namespace

std::shared_ptr<const ByteSource> open_file_source(const std::string& path, std::uint32_t version) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    return nullptr;
  }
  return std::make_shared<FileSource>(fd, static_cast<std::uint64_t>(status.st_size), version);
}

std::string read_all(const ByteSource& source) {
  std::string bytes(source.size(), '\0');
  if (!source.read(0, bytes)) bytes.clear();
  return bytes;
}

}  // namespace g2a_sim
