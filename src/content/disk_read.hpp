// SPDX-License-Identifier: MIT
// DiskRead: one stretch of a file being read from the disk cache. Loop thread only; used by ContentFile.
//
// What turns out not to be there, since it was damaged, is fetched from the network as if nobody had thought that it was;
// where the disk fails, all the rest at once.
#pragma once

#include <vector>

#include "delivery.hpp"

namespace g2afs {

class DiskRead final : public Delivery {
 public:
  DiskRead(ContentFile& file, ByteRange range, Priority priority) : file_(file), range_(range), priority_(priority) {}

  ByteRange rest() const override;

 private:
  Task<std::optional<Error>> bring() override;
  void fetch(ByteRange range);
  void fetch_rest();

  ContentFile& file_;
  ByteRange range_;  // what is still to come
  const Priority priority_;
};

}  // namespace g2afs
