// SPDX-License-Identifier: MIT
#include "g2afs/app/cache_command.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "g2afs/content/disk_maintenance.hpp"

namespace g2afs {
namespace {

using Listed = DiskMaintenance::Listed;

std::string_view name_of(FileKind kind) {
  switch (kind) {
    case FileKind::Video: return "mp4";
    case FileKind::Events: return "events";
    case FileKind::Thumbnail: return "thumbnail";
  }
  return "?";
}

std::string count(std::uint64_t number, std::string_view thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

/// Never 100 for a file of which a byte is missing.
std::uint64_t percent(const Listed& file) {
  return file.size == 0 ? 100 : static_cast<std::uint64_t>(static_cast<long double>(file.cached) * 100 / file.size);
}

Result<std::string> list(DiskMaintenance& cache, const Config& config) {
  std::vector<Listed> files;
  const auto bytes = cache.list([&](const Listed& file) { files.push_back(file); });
  if (!bytes) return fail(bytes.error());
  std::sort(files.begin(), files.end(), [](const Listed& a, const Listed& b) {
    return a.last_use != b.last_use ? a.last_use > b.last_use : a.file < b.file;
  });
  std::string text =
      fmt::format("{:<20} {:<9} {:>8} {:>8} {:>4}  {}\n", "ID", "KIND", "SIZE", "CACHED", "%", "LAST USE");
  for (const Listed& file : files) {
    text += fmt::format("{:<20} {:<9} {:>8} {:>8} {:>4}  {}{}\n", file.file.id.value, name_of(file.file.kind),
                        readable_size(file.size), readable_size(file.cached), percent(file),
                        format_iso8601(std::chrono::floor<std::chrono::seconds>(file.last_use)),
                        file.passed ? " (goes first)" : "");
  }
  return text + fmt::format("{}, {} of {} in {}\n", count(files.size(), "file"), readable_size(*bytes),
                            readable_size(config.cache_size), config.cache_dir.string());
}

Result<std::string> prune(DiskMaintenance& cache, std::uint64_t size) {
  const auto removed = cache.prune(size);
  if (!removed) return fail(removed.error());
  return fmt::format("removed {} of {}; {} are left\n", count(removed->files, "file"), readable_size(removed->bytes),
                     readable_size(removed->left));
}

Result<std::string> verify(DiskMaintenance& cache) {
  const auto verified = cache.verify();
  if (!verified) return fail(verified.error());
  const std::string read =
      fmt::format("verified {} in {}: ", readable_size(verified->bytes), count(verified->files, "file"));
  if (verified->damaged_blocks == 0 && verified->damaged_files == 0) return read + "all is sound\n";
  return read + fmt::format("dropped {} and {} that were damaged\n", count(verified->damaged_blocks, "block"),
                            count(verified->damaged_files, "file"));
}

Result<std::string> clear(DiskMaintenance& cache) {
  const auto bytes = cache.clear();
  if (!bytes) return fail(bytes.error());
  return fmt::format("removed {}\n", readable_size(*bytes));
}

}  // namespace

Result<std::string> run_cache_command(const CacheCommand& command, const Config& config, const Clock& clock) {
  if (config.cache_dir.empty()) {
    return fail(Errc::Invalid, config.cache_size == 0 ? "cache_size is 0 and cache_dir not given: there is no cache"
                                                      : "HOME is not set and cache_dir not given: there is no cache");
  }
  const auto log = make_null_log();  // whatever fails is returned
  DiskMaintenance cache(config.cache_dir, clock, *log);
  switch (command.what) {
    case CacheCommand::What::List: return list(cache, config);
    case CacheCommand::What::Prune: return prune(cache, command.size);
    case CacheCommand::What::Verify: return verify(cache);
    case CacheCommand::What::Clear: return clear(cache);
  }
  return fail(Errc::Internal, "no such command");
}

std::string readable_size(std::uint64_t bytes) {
  constexpr std::string_view kSuffixes = "KMGT";
  if (bytes < 1024) return std::to_string(bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t suffix = 0;
  for (; value >= 1000 && suffix + 1 < kSuffixes.size(); value /= 1024) ++suffix;
  return fmt::format("{:.{}f}{}", value, value < 10 ? 1 : 0, kSuffixes[suffix]);
}

}  // namespace g2afs
