// SPDX-License-Identifier: MIT
// What is settled with the kernel when it introduces itself (INIT): capabilities, request sizes, how many requests may
// wait. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "g2afs/fuse/lowlevel.hpp"
#include "g2afs/fuse/mount_table.hpp"

namespace g2afs {

/// `max_read`: the mount option of that name, which libfuse wants to hear again here; 0 where it was not given.
void negotiate(fuse_conn_info& connection, unsigned max_read);

/// The value of a `max_read=` among mount options, else 0.
unsigned max_read_of(const std::vector<std::string>& options);

/// Lets the kernel read ahead as much as negotiate() offers; its own limit is an eighth of that. Only root may: for
/// others nothing happens. To be called before INIT is answered, since the kernel then settles on the smaller of its
/// limit and the offer.
void raise_readahead(DeviceNumber device);

}  // namespace g2afs
