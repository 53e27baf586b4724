// SPDX-License-Identifier: MIT
// Passthrough, as libfuse (3.17) and the kernel (6.9) have it: a file is opened with a backing file, and the kernel reads
// that without asking us. Any thread. Where this was built with an older libfuse, there is none, and it says so.
//
// Why not fuse_passthrough_open(): it says what went wrong only to the log, as an error, which it is not: what cannot be
// passed through is read as always. And it needs a request, which there is none of when a backing file is closed.
#pragma once

#include <string_view>

#include "g2afs/fuse/lowlevel.hpp"

namespace g2afs {

/// Asks for it while the kernel introduces itself (INIT). Returns why there is none, or nothing.
std::string_view want_passthrough(fuse_conn_info& connection);

/// A backing id, which names an open file to the kernel for as long as the connection lasts; else a negative errno: EPERM
/// (only root may), ELOOP (the file is on a file system that lies on another, overlayfs say), and others.
int open_backing_file(int device, int file);
/// Whoever has a file open by it goes on.
void close_backing_file(int device, int backing_id);

/// The open file is read from the backing file. The kernel refuses a file that is to keep its cache as well.
void pass_through(fuse_file_info& reply, int backing_id);

}  // namespace g2afs
