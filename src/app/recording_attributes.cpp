// SPDX-License-Identifier: MIT
#include "g2afs/app/recording_attributes.hpp"

#include <array>
#include <cerrno>
#include <sys/xattr.h>

#include <fmt/format.h>

#include "g2afs/app/one_line.hpp"
#include "g2afs/app/system_failure.hpp"
#include "g2afs/app/uninterrupted.hpp"

namespace g2afs {
namespace {

Result<std::string> attribute(const std::filesystem::path& recording, const char* name) {
  // The longest is a date-time.
  std::array<char, 64> value{};
  const ssize_t size = uninterrupted([&] { return getxattr(recording.c_str(), name, value.data(), value.size()); });
  if (size < 0) return system_failure(errno, recording.native());
  return std::string(value.data(), static_cast<std::size_t>(size));
}

Result<void> write(const std::filesystem::path& path, const char* name) {
  // Where a signal interrupts it, it may have been carried out: that does no harm a second time.
  if (uninterrupted([&] { return setxattr(path.c_str(), name, "1", 1, 0); }) == 0) return {};
  return system_failure(errno, path.native());
}

}  // namespace

std::optional<State> parse_state(std::string_view word) {
  for (const State state : {State::Untranscoded, State::Transcoding, State::Ready}) {
    if (to_string(state) == word) return state;
  }
  return std::nullopt;
}

Result<State> recording_state(const std::filesystem::path& recording) {
  const auto value = attribute(recording, "user.g2afs.state");
  if (!value) return fail(value.error());
  const auto state = parse_state(*value);
  if (!state) {
    return fail(Errc::Internal, fmt::format("{}: unknown state {}", recording.native(), one_line(*value)));
  }
  return *state;
}

Result<bool> recording_archived(const std::filesystem::path& recording) {
  const auto value = attribute(recording, "user.g2afs.archived");
  if (!value) return fail(value.error());
  return *value == "1";
}

Result<void> mark_archived(const std::filesystem::path& recording) { return write(recording, "user.g2afs.archived"); }

Result<void> refresh_listing(const std::filesystem::path& directory) { return write(directory, "user.g2afs.refresh"); }

}  // namespace g2afs
