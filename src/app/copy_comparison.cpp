// SPDX-License-Identifier: MIT
#include "g2afs/app/copy_comparison.hpp"

#include <cerrno>
#include <sys/stat.h>

#include <fmt/format.h>

#include "g2afs/app/directory_names.hpp"
#include "g2afs/app/system_failure.hpp"
#include "g2afs/app/uninterrupted.hpp"

namespace g2afs {
namespace {

struct Place {
  std::filesystem::path path;
  dev_t device;
};

/// A place that cannot be looked at may be the copy: no later one is taken in its stead.
Result<Place> first_that_exists(std::span<const std::filesystem::path> places) {
  for (const auto& place : places) {
    struct stat entry {};
    const int error = uninterrupted([&] { return stat(place.c_str(), &entry); }) == 0 ? 0 : errno;
    if (error == 0 && S_ISDIR(entry.st_mode)) return Place{place, entry.st_dev};
    if (error != 0 && error != ENOENT && error != ENOTDIR) return system_failure(error, place.native());
  }
  return fail(Errc::NotFound, "no copy");
}

std::string not_copied(const std::string& name) { return name + ": not in the copy"; }

}  // namespace

Result<void> CopyComparison::compare(const std::filesystem::path& recording, dev_t device,
                                     std::span<const std::filesystem::path> places,
                                     const FileComparison::Progress& progress) {
  const auto copy = first_that_exists(places);
  if (!copy) return fail(copy.error());
  if (no_copies_.contains(copy->device)) return fail(Errc::Invalid, "its copy lies in a g2afs mount");
  const auto names = directory_names(recording, device);
  if (!names) {
    // NotFound would say that there is no copy at all.
    const Errc code = names.error().code == Errc::NotFound ? Errc::Changed : names.error().code;
    return fail(code, names.error().what);
  }
  // Every one of none would be proved by an empty directory.
  if (names->empty()) return fail(Errc::Invalid, "it has no files");
  // What is missing is seen before gigabytes are compared in vain.
  for (const std::string& name : *names) {
    struct stat entry {};
    const auto file = copy->path / name;
    if (uninterrupted([&] { return stat(file.c_str(), &entry); }) != 0 && errno == ENOENT) {
      return fail(Errc::Changed, not_copied(name));
    }
  }
  for (const std::string& name : *names) {
    if (const auto equal = files_.compare(recording / name, copy->path / name, progress); !equal) {
      // NotFound would say that there is no copy at all.
      if (equal.error().code == Errc::NotFound) return fail(Errc::Changed, not_copied(name));
      return fail(equal.error().code, fmt::format("{}: {}", name, equal.error().what));
    }
  }
  return {};
}

}  // namespace g2afs
