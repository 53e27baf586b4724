// SPDX-License-Identifier: MIT
// What the snapshot answers by itself, on any thread: nothing is asked, nobody waits.
#include "directory_view.hpp"
#include "node.hpp"

#include "g2afs/fs/file_system.hpp"

namespace g2afs {

FileSystem::Node FileSystem::find(Ino ino) const {
  Node node;
  node.tree = catalog_.tree();
  node.parts = parse_ino(ino);
  if (!node.parts) return node;
  if (node.within_day()) {
    node.dir = DateDir::of(node.parts->day);
    node.day = node.tree->find(node.parts->day);
    if (node.day != nullptr && !node.is(Node::What::Day)) node.recording = node.day->find_bits(node.parts->bits);
  } else if (node.of_dates()) {
    node.dir = {node.parts->date.year, node.parts->date.month, node.parts->date.day};
  }
  return node;
}

bool FileSystem::stale(const Node& directory) const {
  const Listed listed = directory.known().listed;
  return listed && !catalog_.fresh(listed);
}

FileSystem::Answer FileSystem::date_of(const Node& node, const DateDir& dir) const {
  const DirKnowledge here = knowledge(*node.tree, dir);
  if (here.occupied) return attributes_.dates(dir);
  const bool known_absent = !catalog_.within_filters(dir) || catalog_.fresh(here.listed) ||
                            catalog_.fresh(knowledge(*node.tree, dir.parent()).listed);
  if (known_absent) return fail(Errc::NotFound, dir.path() + " holds no recordings");
  return std::nullopt;
}

FileSystem::Answer FileSystem::absent_from(const Node& node) const {
  if (catalog_.fresh(node.known().listed) || !catalog_.within_filters(node.dir)) {
    return fail(Errc::NotFound, "not in " + node.dir.path());
  }
  return std::nullopt;
}

FileSystem::Answer FileSystem::attributes_of(const Node& node) const {
  if (!node.parts) return fail(Errc::NotFound, "no such inode");
  switch (node.parts->what) {
    case Node::What::Root: return attributes_.dates(node.dir);
    case Node::What::ControlDir: return attributes_.control_dir();
    case Node::What::StatusFile:
    case Node::What::MetricsFile: return std::nullopt;
    case Node::What::Year:
    case Node::What::Month:
    case Node::What::Day: return date_of(node, node.dir);
    case Node::What::Recording:
      if (node.recording == nullptr) return absent_from(node);
      return attributes_.recording(node.parts->day, *node.recording);
    case Node::What::File: break;
  }
  if (node.recording == nullptr || !node.recording->has(node.parts->kind)) return absent_from(node);
  if (const auto known = attributes_.file(node.parts->day, *node.recording, node.parts->kind)) return *known;
  return std::nullopt;
}

FileSystem::Answer FileSystem::child_of(const Node& parent, std::string_view name) const {
  if (!parent.parts) return fail(Errc::NotFound, "no such inode");
  if (name == ".") return attributes_of(parent);
  if (parent.of_dates() && !parent.is(Node::What::Day)) {
    if (parent.dir.is_root() && name == ".g2afs") return attributes_.control_dir();
    if (name == "..") return attributes_.dates(parent.dir.parent());
    const auto child = parent.dir.child(name);
    if (!child) return fail(Errc::NotFound, "not a date");
    return date_of(parent, *child);
  }
  if (parent.is(Node::What::Day)) {
    if (name == "..") return attributes_.dates(parent.dir.parent());
    const auto id = parse_id_name(name);
    if (!id) return fail(Errc::NotFound, "not a recording's id");
    const Recording* recording = parent.day == nullptr ? nullptr : parent.day->find(*id);
    if (recording == nullptr) return absent_from(parent);
    return attributes_.recording(parent.day->day, *recording);
  }
  if (parent.is(Node::What::Recording)) {
    if (name == "..") return attributes_.dates(parent.dir);
    if (parent.recording == nullptr) return absent_from(parent);
    for (const FileKind kind : kFileKinds) {
      if (!parent.recording->has(kind) || name != file_name(*parent.recording, kind)) continue;
      if (const auto known = attributes_.file(parent.parts->day, *parent.recording, kind)) return *known;
      return std::nullopt;
    }
    // A name that this recording may get once it is transcoded is only absent if the listing is fresh.
    if (parent.recording->state == State::Ready || !name.starts_with(to_string(parent.recording->id) + '.')) {
      return fail(Errc::NotFound, "the recording has no such file");
    }
    return absent_from(parent);
  }
  if (parent.is(Node::What::ControlDir)) {
    if (name == "..") return attributes_.dates(DateDir::root());
    if (!VirtualFiles::find(name)) return fail(Errc::NotFound, "no such file");
    return std::nullopt;
  }
  return fail(Errc::NotDirectory, "not a directory");
}

std::optional<Result<Attributes>> FileSystem::known_lookup(Ino parent, std::string_view name) const {
  const Node node = find(parent);
  if (node.of_dates() && stale(node)) catalog_.refresh_soon(node.dir);
  auto known = child_of(node, name);
  if (known && node.is(Node::What::Recording)) content_.visited(node.parts->day);
  return known;
}

std::optional<Result<Attributes>> FileSystem::known_attributes(Ino ino) const { return attributes_of(find(ino)); }

std::shared_ptr<const DirectoryView> FileSystem::view_of(const Node& node) const {
  if (node.is(Node::What::Day)) return view_day(node.tree, node.dir, node.day, attributes_);
  if (node.is(Node::What::Recording)) return view_recording(node.tree, node.parts->day, *node.recording, attributes_);
  if (node.is(Node::What::ControlDir)) return view_nothing(node.tree, kControlDirIno, kRootIno, attributes_);
  return view_dates(node.tree, node.dir, attributes_);
}

std::optional<Result<std::shared_ptr<const DirectoryView>>> FileSystem::known_directory(Ino ino) const {
  const Node node = find(ino);
  if (!node.parts || !node.directory()) return std::nullopt;
  if (node.is(Node::What::Recording) && node.recording == nullptr) return std::nullopt;
  if (node.is(Node::What::Recording)) content_.visited(node.parts->day);
  if (node.of_dates()) {
    if (!node.known().listed) return std::nullopt;
    if (stale(node)) catalog_.refresh_soon(node.dir);
  }
  return view_of(node);
}

}  // namespace g2afs
