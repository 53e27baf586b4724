// SPDX-License-Identifier: MIT
// Task<T>: what everything that waits is written as. Loop thread only.
//
// A Task is an Asio coroutine. It starts when it is awaited, runs on the loop and needs no locks. Cancelling unwinds it:
// the co_await it is suspended in throws operation_aborted, which nothing catches but the place that spawned it
// (TaskScope). So a Task must keep its promises by destructors, and must not co_await while unwinding.
#pragma once

#include <asio/awaitable.hpp>

namespace g2afs {

template <class T = void>
using Task = asio::awaitable<T>;

}  // namespace g2afs
