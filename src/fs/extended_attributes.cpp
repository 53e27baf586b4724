// SPDX-License-Identifier: MIT
// The extended attributes of SPEC.md: those that are read come from the snapshot, but
// for `cached`, which the disk cache has to be asked for; of those that are written, `refresh`
// goes to the catalogue, `archived` and `transcode` to control.
//
// XATTR_CREATE and XATTR_REPLACE mean what they always do: only `archived` exists, on a recording and its files, whatever
// its value. `transcode` and `refresh` are wishes that leave nothing behind, so they are always made, never replaced.
#include "node.hpp"

#include "g2afs/fs/file_system.hpp"

namespace g2afs {
namespace {

constexpr std::string_view kPrefix = "user.g2afs.";
constexpr std::string_view kCached = "user.g2afs.cached";
constexpr const char* kNotHere = "no such attribute can be set here";

/// The attributes of a recording that have a value, in the order they are listed.
std::vector<std::pair<std::string_view, std::string>> values_of(const Recording& recording) {
  std::vector<std::pair<std::string_view, std::string>> values;
  values.emplace_back("id", to_string(recording.id));
  values.emplace_back("state", to_string(recording.state));
  if (recording.state == State::Ready) values.emplace_back("start_time", format_iso8601(recording.start));
  values.emplace_back("archived", recording.archived ? "1" : "0");
  return values;
}

enum class Wish { Refresh, Archive, Transcode };

/// What writing an attribute asks for; nothing for one that cannot be written.
std::optional<Wish> wish_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  if (name == "refresh") return Wish::Refresh;
  if (name == "archived") return Wish::Archive;
  if (name == "transcode") return Wish::Transcode;
  return std::nullopt;
}

}  // namespace

std::optional<Result<std::string>> FileSystem::known_xattr(Ino ino, std::string_view name) const {
  const Node node = find(ino);
  if (node.lacks_recording()) return std::nullopt;
  if (name == kCached && node.has_file()) return std::nullopt;
  if (name.starts_with(kPrefix) && node.recording != nullptr) {
    for (auto& [key, value] : values_of(*node.recording)) {
      if (name.substr(kPrefix.size()) == key) return std::move(value);
    }
  }
  return fail(Errc::NoAttribute, "no such attribute");
}

std::optional<Result<std::string>> FileSystem::known_xattr_names(Ino ino) const {
  const Node node = find(ino);
  if (node.lacks_recording()) return std::nullopt;
  std::string names;
  if (node.recording != nullptr) {
    for (const auto& value : values_of(*node.recording)) {
      names.append(kPrefix).append(value.first).push_back('\0');
    }
  }
  if (node.has_file()) names.append(kCached).push_back('\0');
  return names;
}

Task<Result<std::string>> FileSystem::xattr(Ino ino, std::string name) {
  // Not for `cached`: to probe a sidecar in order to say how little of it is here would bring it here.
  if (name != kCached || !find(ino).has_file()) {
    const auto known = co_await attributes(ino);
    if (!known) co_return fail(known.error());
  }
  const Node node = find(ino);
  if (name == kCached && node.has_file()) {
    const FileKind kind = node.parts->kind;
    const auto size = node.recording->size(kind);
    int percent = 0;
    if (size) percent = co_await content_.percent_on_disk(node.parts->day, {node.recording->id, kind}, *size);
    co_return std::to_string(percent);
  }
  co_return known_xattr(ino, name).value_or(fail(Errc::NotFound, "no such recording"));
}

Task<Result<std::string>> FileSystem::xattr_names(Ino ino) {
  const auto known = co_await attributes(ino);
  if (!known) co_return fail(known.error());
  co_return known_xattr_names(ino).value_or(fail(Errc::NotFound, "no such recording"));
}

Task<Result<void>> FileSystem::set_xattr(Ino ino, std::string name, std::string value, XattrMode mode, Caller caller) {
  Node node = find(ino);
  const auto wish = wish_of(name);
  // Those of the account, not of /.g2afs. A file is not listed.
  const bool here = node.of_dates() || node.within_day();
  if (!wish || !here || (*wish == Wish::Refresh && !node.directory())) co_return fail(Errc::Unsupported, kNotHere);
  // The API cannot take back what `archived` says.
  if (*wish != Wish::Refresh && value != "1") co_return fail(Errc::Invalid, name + " can only be set to 1");
  if (node.lacks_recording()) {
    const auto known = co_await attributes(ino);
    if (!known) co_return fail(known.error());
    node = find(ino);
    if (node.lacks_recording()) co_return fail(Errc::NotFound, "no such recording");
  }
  const bool exists = *wish == Wish::Archive && node.recording != nullptr;
  if (mode == XattrMode::Create && exists) co_return fail(Errc::Exists, name + " is there");
  if (mode == XattrMode::Replace && !exists) co_return fail(Errc::NoAttribute, name + " is not there");

  // Of a recording, its day's: that is where it is listed.
  if (*wish == Wish::Refresh) co_return co_await catalog_.refresh(node.dir);
  const Change change = *wish == Wish::Archive ? Change::Archive : Change::Transcode;
  if (node.recording == nullptr) co_return co_await control_.apply(change, node.dir, caller);
  co_return co_await control_.apply(change, DatedId{node.parts->day, node.recording->id}, caller);
}

}  // namespace g2afs
