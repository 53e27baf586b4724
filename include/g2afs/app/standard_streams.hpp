// SPDX-License-Identifier: MIT
// Standard input, output and error of a program that may have been started without them, and of one whose output nobody
// takes. One thread.
#pragma once

#include <string_view>

namespace g2afs {

/// Has /dev/null in place of those that are closed: the next file that is opened would get their number, and with it
/// whatever is said to people. Before anything is opened.
void keep_standard_streams();

/// `g2afs: <line>` on standard error, if somebody takes it; returns the status.
int report(int status, std::string_view line);

/// That standard output has not taken all of it; returns the status for that.
int report_unwritten();
/// For the end of a command that has written by way of stdout: its status, or that.
int with_output_written(int status);

}  // namespace g2afs
