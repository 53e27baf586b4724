// SPDX-License-Identifier: MIT
// Every file-system operation, in terms of catalogue, content and control.
//
// Two ways in. The known_…() functions run on any thread and answer from an immutable snapshot, or say nothing when the
// answer needs the loop. The awaitables run on the loop thread and may wait for the network. So a FUSE worker never
// waits: it answers, or hands over.
//
// Everything that would change the tree has no function here: `fuse` answers it with ReadOnly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "g2afs/base/error.hpp"
#include "g2afs/catalog/catalog.hpp"
#include "g2afs/content/content.hpp"
#include "g2afs/control/control.hpp"
#include "g2afs/fs/attributes.hpp"
#include "g2afs/fs/types.hpp"
#include "g2afs/fs/virtual_files.hpp"
#include "g2afs/net/task.hpp"

namespace g2afs {

class FileSystem {
 public:
  FileSystem(Catalog& catalog, Content& content, Control& control, VirtualFiles& virtual_files, Ownership ownership);

  // Any thread.

  std::optional<Result<Attributes>> known_lookup(Ino parent, std::string_view name) const;
  std::optional<Result<Attributes>> known_attributes(Ino ino) const;
  /// A listing that is there and not due for a refresh.
  std::optional<Result<std::shared_ptr<const DirectoryView>>> known_directory(Ino ino) const;
  FileSystemUsage usage() const;
  std::optional<Result<std::string>> known_xattr(Ino ino, std::string_view name) const;
  /// Names, each ended by a NUL.
  std::optional<Result<std::string>> known_xattr_names(Ino ino) const;

  // Loop thread.

  Task<Result<Attributes>> lookup(Ino parent, std::string name);
  /// Of an open file also where it has left the tree since it was opened.
  Task<Result<Attributes>> attributes(Ino ino);
  Task<Result<std::shared_ptr<const DirectoryView>>> directory(Ino ino);
  /// Waits for the network only where the file's attributes have to be learnt again; content is fetched by reads.
  Task<Result<Opened>> open(Ino ino);
  Task<Result<ReadReply>> read(Handle handle, std::uint64_t offset, std::size_t size);
  /// Of an open recording's file, until it is released; else null.
  Reader* reader(Handle handle);
  void release(Handle handle);
  Task<Result<std::string>> xattr(Ino ino, std::string name);
  Task<Result<std::string>> xattr_names(Ino ino);
  Task<Result<void>> set_xattr(Ino ino, std::string name, std::string value, XattrMode mode, Caller caller);

 private:
  /// What an inode number leads to in a snapshot.
  struct Node;
  struct OpenFile {
    std::unique_ptr<Reader> reader;
    std::string text;       // of a virtual file
    Attributes attributes;  // else, as it was opened
  };
  using Answer = std::optional<Result<Attributes>>;  // nothing: has to be learnt first

  Node find(Ino ino) const;
  std::optional<Attributes> attributes_as_opened(const Node& node, Ino ino) const;
  Answer attributes_of(const Node& node) const;
  Answer child_of(const Node& parent, std::string_view name) const;
  Answer date_of(const Node& node, const DateDir& dir) const;
  Answer absent_from(const Node& node) const;
  bool stale(const Node& directory) const;
  std::shared_ptr<const DirectoryView> view_of(const Node& node) const;

  Task<Result<void>> learn(const Node& node);
  Task<Result<void>> learn_child(const Node& parent, std::string name);

  Catalog& catalog_;
  Content& content_;
  Control& control_;
  VirtualFiles& virtual_files_;
  const AttributeMaker attributes_;
  std::uint64_t next_handle_ = 1;
  std::unordered_map<std::uint64_t, std::shared_ptr<OpenFile>> open_;
};

}  // namespace g2afs
