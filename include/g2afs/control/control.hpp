// SPDX-License-Identifier: MIT
// Control: what can be changed of a recording, which is to say that it is archived and to have it transcoded. Loop
// thread only; called by the file system when an extended attribute is written.
//
// Success means that the server has said so. A directory stands for every recording under it, so it is first listed
// completely; if that fails, nothing is sent. What has been accepted is in the catalogue before the caller knows.
//
// Of a directory, what is already so is left out: what is archived, and for transcoding all but what is untranscoded. Of
// a single recording the wish is sent as it is.
//
// Each call leaves one line in the log: who, what, how many, and what became of it.
#pragma once

#include <sys/types.h>

#include "g2afs/api/archive_api.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/catalog/catalog.hpp"
#include "g2afs/control/control_batcher.hpp"
#include "g2afs/control/transcode_watch.hpp"

namespace g2afs {

enum class Change { Archive, Transcode };

/// The process that wishes it, for the log.
struct Caller {
  uid_t uid = 0;
  pid_t pid = 0;
};

class Control {
 public:
  /// `connections`: how many calls a directory may have under way.
  Control(Loop& loop, ArchiveApi& api, Catalog& catalog, Clock& clock, Log& log, std::size_t connections);

  Task<Result<void>> apply(Change change, DatedId recording, Caller caller);
  /// The first error, also where the rest was done: the attributes then show what was. NotFound where the directory
  /// turns out to hold nothing (any more).
  Task<Result<void>> apply(Change change, DateDir directory, Caller caller);

 private:
  class Audit;
  ControlBatcher& batcher(Change change) { return change == Change::Archive ? archive_ : transcode_; }

  Catalog& catalog_;
  Log& log_;
  TranscodeWatch watch_;
  ControlBatcher archive_, transcode_;
};

}  // namespace g2afs
