// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_maintenance.hpp"

#include <limits>
#include <vector>

#include "disk_open.hpp"
#include "disk_services.hpp"

namespace g2afs {
namespace {

constexpr std::int64_t kNano = 1'000'000'000;

/// `v1` and what comes after it.
bool is_version(const std::string& name) {
  return name.size() > 1 && name[0] == 'v' && name.find_first_not_of("0123456789", 1) == std::string::npos;
}

}  // namespace

DiskMaintenance::DiskMaintenance(std::filesystem::path directory, const Clock& clock, Log& log)
    : directory_(std::move(directory)),
      services_(std::make_shared<DiskServices>(directory_, std::numeric_limits<std::uint64_t>::max(), 0, clock, log)) {}

DiskMaintenance::~DiskMaintenance() = default;

Result<std::uint64_t> DiskMaintenance::list(const std::function<void(const Listed&)>& each) {
  const auto now = services_->now_seconds();
  return services_->tree().walk(now, [&](const DiskItem& item) {
    const auto file = open_disk_file(services_, services_->tree().shard(item.account, item.file), item.file);
    if (!file) return;
    const bool passed = item.used / kNano < now - kDemotion / 2;
    const std::int64_t used = item.used + (passed ? kDemotion * kNano : 0);
    const auto time = std::chrono::duration_cast<Time::duration>(std::chrono::nanoseconds(used));
    each({item.file, (*file)->layout().size, (*file)->cached_bytes(), item.bytes, Time{time}, passed});
  });
}

Result<DiskMaintenance::Removed> DiskMaintenance::prune(std::uint64_t bytes) {
  const auto swept = services_->sweep_above(bytes, bytes, std::nullopt);
  if (!swept) return fail(swept.error());
  return Removed{swept->files, swept->bytes, swept->left};
}

Result<DiskMaintenance::Verified> DiskMaintenance::verify() {
  Verified verified;
  std::vector<DiskItem> damaged;
  Result<void> outcome;
  const auto walked = services_->tree().walk(services_->now_seconds(), [&](const DiskItem& item) {
    if (!outcome) return;
    const auto shard = services_->tree().shard(item.account, item.file);
    const auto file = open_disk_file(services_, shard, item.file);
    if (!file && file.error().code == Errc::NotFound) return damaged.push_back(item);
    const auto dropped = file ? (*file)->verify() : Result<std::uint64_t>(fail(file.error()));
    if (!dropped) {
      outcome = fail(dropped.error());
      return;
    }
    ++verified.files;
    verified.bytes += (*file)->cached_bytes();
    verified.damaged_blocks += *dropped;
  });
  if (!walked) return fail(walked.error());
  if (!outcome) return fail(outcome.error());
  for (const DiskItem& item : damaged) {
    if (auto told = services_->quota.will_free(item.bytes); !told) return fail(told.error());
    const std::uint64_t freed = services_->tree().remove(item);
    verified.damaged_files += freed != 0;
    if (auto told = services_->quota.freed(item.bytes, freed); !told) return fail(told.error());
  }
  return verified;
}

Result<std::uint64_t> DiskMaintenance::clear() {
  const auto bytes = services_->tree().walk(services_->now_seconds(), [](const DiskItem&) {});
  if (!bytes) return bytes;
  std::error_code error;
  std::vector<std::filesystem::path> versions;
  for (std::filesystem::directory_iterator at(directory_, error), end; !error && at != end; at.increment(error)) {
    if (is_version(at->path().filename().string()) && at->is_directory(error)) versions.push_back(at->path());
  }
  if (error == std::errc::no_such_file_or_directory) return 0;
  for (const auto& version : versions) {
    // A mount may be adding to it: what it has added by the second time goes as well.
    for (int tries = 0; tries < 3; ++tries) {
      error.clear();
      std::filesystem::remove_all(version, error);
      if (error != std::errc::directory_not_empty) break;
    }
    if (error) break;
  }
  if (error) return fail(Errc::Unavailable, directory_.string() + ": " + error.message());
  return bytes;
}

}  // namespace g2afs
