// SPDX-License-Identifier: MIT
// The axes of the fault matrix, and what each of its cells promises to the user. Any thread (values).
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace g2afs::test {

/// What a server, or the way to it, does wrong. What is said of "the body" is said of the head where there is none.
enum class Fault {
  // Before there is an answer.
  ConnectionRefused,
  DnsFailure,
  TlsFailure,
  NoAnswer,
  // While it comes.
  ResetMidBody,
  Truncated,
  CutFurtherOn,
  StalledMidBody,
  SlowDrip,
  // Another answer.
  Status400,
  Status401,
  Status403,
  Status404,
  Status410,
  Status416,
  Status429,
  Status429In3s,
  Status429In1h,
  Status500,
  Status502,
  Status503,
  Status503In3s,
  HtmlWith200,
  RedirectToAnotherHost,
  RedirectLoop,
  // The right one, wrongly.
  WholeForARange,
  WrongContentRange,
  WrongLength,
  AnotherSize,
  ObjectChanged,
  GzipUnasked,
};

/// What the user does.
enum class Operation { List, Urls, Transcode, Archive, Token, FirstRead, MidFile, Sidecar };

/// For how long the fault is there.
enum class Lasting { Once, FiveSeconds, ForEver };

inline constexpr std::array kOperations{Operation::List,    Operation::Urls,   Operation::Transcode,
                                        Operation::Archive, Operation::Token,  Operation::FirstRead,
                                        Operation::MidFile, Operation::Sidecar};
inline constexpr std::array kLastings{Lasting::Once, Lasting::FiveSeconds, Lasting::ForEver};

inline constexpr std::chrono::seconds kRetryFor{120}, kTimeout{30};  // the defaults of `retry_for` and `timeout`

/// What one cell promises: the right bytes (names, a change done) or this errno, and when.
struct Promise {
  int error;  // 0: none
  std::chrono::seconds from, until;
};
using Promises = std::array<Promise, 3>;  // by Lasting

struct FaultRow {
  Fault fault;
  std::string_view name;
  std::string_view what;                              // for the document
  std::array<Promises, kOperations.size()> promised;  // by Operation
};

/// The matrix.
std::span<const FaultRow> fault_rows();

inline const Promise& promise(const FaultRow& row, Operation operation, Lasting lasting) {
  return row.promised[static_cast<std::size_t>(operation)][static_cast<std::size_t>(lasting)];
}

std::string_view name_of(Operation operation);  // as in test names
std::string_view name_of(Lasting lasting);
std::string_view errno_name(int error);

}  // namespace g2afs::test
