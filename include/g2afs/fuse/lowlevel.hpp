// SPDX-License-Identifier: MIT
// libfuse's low-level API, in the version this room is written against. Only `fuse` includes it.
#pragma once

#ifndef FUSE_USE_VERSION
#define FUSE_USE_VERSION 312
#endif
#include <fuse_lowlevel.h>
