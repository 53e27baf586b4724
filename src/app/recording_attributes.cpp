// SPDX-License-Identifier: MIT
#include "g2afs/app/recording_attributes.hpp"

#include <array>
#include <cerrno>
#include <sys/xattr.h>

#include <fmt/format.h>

#include "g2afs/app/one_line.hpp"
#include "g2afs/app/system_failure.hpp"

namespace g2afs {
namespace {

Result<std::string> attribute(const std::filesystem::path& recording, const char* name) {
  // The longest is a date-time.
  std::array<char, 64> value{};
  const ssize_t size = getxattr(recording.c_str(), name, value.data(), value.size());
  if (size < 0) return system_failure(errno, recording.native());
  return std::string(value.data(), static_cast<std::size_t>(size));
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

Result<void> mark_archived(const std::filesystem::path& recording) {
  if (setxattr(recording.c_str(), "user.g2afs.archived", "1", 1, 0) != 0) {
    return system_failure(errno, recording.native());
  }
  return {};
}

}  // namespace g2afs
