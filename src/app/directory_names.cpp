// SPDX-License-Identifier: MIT
#include "g2afs/app/directory_names.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <memory>
#include <sys/stat.h>

#include <fmt/format.h>

#include "g2afs/app/system_failure.hpp"
#include "g2afs/app/uninterrupted.hpp"

namespace g2afs {

Result<std::vector<std::string>> directory_names(const std::filesystem::path& directory, dev_t device) {
  const auto close = [](DIR* stream) { closedir(stream); };
  const std::unique_ptr<DIR, decltype(close)> stream(uninterrupted([&] { return opendir(directory.c_str()); }), close);
  if (!stream) return system_failure(errno, directory.native());
  struct stat entry {};
  if (uninterrupted([&] { return fstat(dirfd(stream.get()), &entry); }) != 0)
    return system_failure(errno, directory.native());
  if (entry.st_dev != device) {
    return fail(Errc::Invalid, fmt::format("{}: another file system is mounted there", directory.native()));
  }

  std::vector<std::string> names;
  for (;;) {
    const dirent* next = uninterrupted([&] {
      errno = 0;  // a null pointer alone may be the end as well as a failure
      return readdir(stream.get());
    });
    if (next == nullptr) break;
    std::string name = next->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  if (errno != 0) return system_failure(errno, directory.native());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace g2afs
