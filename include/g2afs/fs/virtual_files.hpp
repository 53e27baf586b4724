// SPDX-License-Identifier: MIT
// The files under /.g2afs, made anew each time they are opened: not listed by readdir, found by name. Loop thread only
// (find: any thread).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "g2afs/catalog/inode.hpp"

namespace g2afs {

class VirtualFiles {
 public:
  using Render = std::function<std::string()>;

  /// `status` and `metrics` make the text of /.g2afs/status.json and /.g2afs/metrics; they must not wait.
  VirtualFiles(Render status, Render metrics);

  static std::optional<Ino> find(std::string_view name);
  std::string render(Ino ino) const;

 private:
  Render status_, metrics_;
};

}  // namespace g2afs
