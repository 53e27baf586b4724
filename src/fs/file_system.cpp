// SPDX-License-Identifier: MIT
// Opening and reading, and the awaitables: learn what a snapshot lacks, then answer from the next one.
#include "g2afs/fs/file_system.hpp"

#include <algorithm>

#include "node.hpp"

namespace g2afs {
namespace {

// A look-up may have to list a day and then probe a sidecar; more steps would mean that nothing was learnt.
constexpr int kMostSteps = 3;

Error nothing_learnt(Ino ino) { return {Errc::Internal, "inode " + std::to_string(ino) + ": nothing could be learnt"}; }

}  // namespace

FileSystem::FileSystem(Catalog& catalog, Content& content, Control& control, VirtualFiles& virtual_files,
                       Ownership ownership)
    : catalog_(catalog),
      content_(content),
      control_(control),
      virtual_files_(virtual_files),
      attributes_(ownership, catalog.zone()) {}

FileSystemUsage FileSystem::usage() const {
  const std::uint64_t recordings = catalog_.known_recordings();
  return {catalog_.known_bytes(), recordings * (1 + kFileKinds.size())};
}

Task<Result<Attributes>> FileSystem::lookup(Ino parent, std::string name) {
  // By this the kernel turns an NFS handle into an inode, also into a file's.
  if (name == ".") co_return co_await attributes(parent);
  for (int step = 0; step < kMostSteps; ++step) {
    const Node node = find(parent);
    if (node.is(Node::What::ControlDir)) {
      if (const auto file = VirtualFiles::find(name)) {
        co_return attributes_.control_file(*file, virtual_files_.render(*file).size());
      }
    }
    if (const Answer answer = child_of(node, name)) {
      catalog_.refresh_if_stale(node.dir);
      co_return *answer;
    }
    const auto learnt = co_await learn_child(node, name);
    if (!learnt) co_return fail(learnt.error());
  }
  co_return fail(nothing_learnt(parent));
}

Task<Result<Attributes>> FileSystem::attributes(Ino ino) {
  for (int step = 0; step < kMostSteps; ++step) {
    const Node node = find(ino);
    if (node.is(Node::What::StatusFile) || node.is(Node::What::MetricsFile)) {
      co_return attributes_.control_file(ino, virtual_files_.render(ino).size());
    }
    // The kernel asks at the end of a file, too: without an answer the last read would fail.
    if (const auto opened = attributes_as_opened(node, ino)) co_return *opened;
    if (const Answer answer = attributes_of(node)) co_return *answer;
    const auto learnt = co_await learn(node);
    if (!learnt) co_return fail(learnt.error());
  }
  co_return fail(nothing_learnt(ino));
}

std::optional<Attributes> FileSystem::attributes_as_opened(const Node& node, Ino ino) const {
  if (!node.is(Node::What::File)) return std::nullopt;
  if (node.recording != nullptr && node.recording->has(node.parts->kind)) return std::nullopt;
  const auto opened =
      std::find_if(open_.begin(), open_.end(), [ino](const auto& one) { return one.second->attributes.ino == ino; });
  return opened == open_.end() ? std::nullopt : std::optional(opened->second->attributes);
}

Task<Result<std::shared_ptr<const DirectoryView>>> FileSystem::directory(Ino ino) {
  const Node node = find(ino);
  if (!node.parts) co_return fail(Errc::NotFound, "no such inode");
  if (!node.directory()) co_return fail(Errc::NotDirectory, "not a directory");
  if (node.of_dates() || (node.within_day() && node.recording == nullptr)) {
    const auto listed = co_await catalog_.list(node.dir);
    if (!listed) co_return fail(listed.error());
  }
  const Node now = find(ino);
  if (now.is(Node::What::Recording) && now.recording == nullptr) co_return fail(Errc::NotFound, "no such recording");
  co_return view_of(now);
}

Task<Result<void>> FileSystem::learn(const Node& node) {
  if (node.of_dates()) co_return co_await catalog_.locate(node.dir);
  if (node.is(Node::What::File) && node.recording != nullptr && node.recording->has(node.parts->kind)) {
    co_return co_await content_.probe(node.parts->day, {node.recording->id, node.parts->kind});
  }
  // What a listing lacks is only gone if a fresh one lacks it.
  if (node.known().listed) co_return co_await catalog_.refresh(node.dir);
  co_return co_await catalog_.list(node.dir);
}

Task<Result<void>> FileSystem::learn_child(const Node& parent, std::string name) {
  if (const auto child = parent.of_dates() ? parent.dir.child(name) : std::nullopt) {
    co_return co_await catalog_.locate(*child);
  }
  if (parent.is(Node::What::Recording) && parent.recording != nullptr) {
    for (const FileKind kind : {FileKind::Events, FileKind::Thumbnail}) {
      if (!parent.recording->has(kind) || name != file_name(*parent.recording, kind)) continue;
      co_return co_await content_.probe(parent.parts->day, {parent.recording->id, kind});
    }
  }
  if (parent.known().listed) co_return co_await catalog_.refresh(parent.dir);
  co_return co_await catalog_.list(parent.dir);
}

Task<Result<Opened>> FileSystem::open(Ino ino) {
  const Node node = find(ino);
  auto file = std::make_shared<OpenFile>();
  Opened opened{Handle{next_handle_++}};
  if (node.is(Node::What::StatusFile) || node.is(Node::What::MetricsFile)) {
    file->text = virtual_files_.render(ino);
    opened.keep_cache = false;
    opened.direct = true;
  } else if (node.directory()) {
    co_return fail(Errc::IsDirectory, "is a directory");
  } else {
    const auto known = co_await attributes(ino);  // the kernel has just asked for them: there, or soon to be gone
    if (!known) co_return fail(known.error());
    const Node now = find(ino);
    if (now.recording == nullptr) co_return fail(Errc::NotFound, "no such recording");
    file->attributes = *known;
    co_await content_.find_on_disk(now.parts->day, {now.recording->id, now.parts->kind}, known->size);
    file->reader = content_.open(now.parts->day, {now.recording->id, now.parts->kind}, known->size);
    opened.keep_cache = file->reader->page_cache() == PageCache::Keep;
    opened.direct = file->reader->page_cache() == PageCache::Bypass;
  }
  open_.emplace(opened.handle.value, std::move(file));
  co_return opened;
}

Task<Result<ReadReply>> FileSystem::read(Handle handle, std::uint64_t offset, std::size_t size) {
  const auto found = open_.find(handle.value);
  if (found == open_.end()) co_return fail(Errc::Internal, "read of a handle that is not open");
  const std::shared_ptr<OpenFile> file = found->second;
  if (file->reader) co_return co_await file->reader->read(offset, size);
  const std::size_t begin = std::min<std::size_t>(offset, file->text.size());
  const std::size_t length = std::min(size, file->text.size() - begin);
  ReadReply reply;
  reply.push_back(Slice{file, std::as_bytes(std::span(file->text).subspan(begin, length))});
  co_return reply;
}

Reader* FileSystem::reader(Handle handle) {
  const auto found = open_.find(handle.value);
  return found == open_.end() ? nullptr : found->second->reader.get();
}

void FileSystem::release(Handle handle) { open_.erase(handle.value); }

}  // namespace g2afs
