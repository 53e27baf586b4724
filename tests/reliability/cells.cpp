// SPDX-License-Identifier: MIT
#include "cells.hpp"

#include <cerrno>
#include <vector>

namespace g2afs::test {
namespace {

using std::chrono::seconds;

// What the cells of one row promise, mostly.

constexpr seconds kSoon{1};           // a pause of 100 ms or, where a host is left alone, 500 ms
constexpr seconds kLongestPause{15};  // between two tries: 10 s, and those of a host that is left alone
constexpr seconds kEnd = kRetryFor + kTimeout;

/// Tried again, and given up with this errno.
constexpr Promises retried(int error) {
  return {{{0, seconds{0}, kSoon}, {0, seconds{5}, 5 * kSoon + kLongestPause}, {error, kRetryFor, kEnd}}};
}
/// Likewise; each try takes `timeout`.
constexpr Promises stalls(int error) {
  return {{{0, kTimeout, kTimeout + kSoon}, {0, kTimeout, kTimeout + kSoon}, {error, kRetryFor, kEnd + kTimeout}}};
}
/// Tried again when the server says; that is 3 s.
constexpr Promises told(int error) {
  return {{{0, seconds{3}, seconds{5}}, {0, seconds{5}, seconds{5} + kLongestPause}, {error, kRetryFor, kEnd}}};
}
/// Likewise; that is later than `retry_for`. Media hosts are left alone for half of it at most.
constexpr Promises told_later(int error) {
  return {{{0, kRetryFor / 2, kEnd}, {0, kRetryFor / 2, kEnd}, {error, kRetryFor, kEnd + kTimeout}}};
}
/// Nothing that would be better the next time.
constexpr Promises final(int error) {
  return {{{error, seconds{0}, kSoon}, {error, seconds{0}, kSoon}, {error, seconds{0}, kSoon}}};
}
/// Something else is tried once: another token, a new URL.
constexpr Promises once_more(int error) {
  return {{{0, seconds{0}, kSoon}, {error, seconds{0}, kSoon}, {error, seconds{0}, kSoon}}};
}

/// Refused ids are asked for again after a second, since servers have hiccups.
constexpr Promises asked_again(int error) {
  return {{{0, seconds{0}, seconds{2}}, {error, seconds{0}, seconds{5}}, {error, seconds{0}, seconds{5}}}};
}

constexpr Promises OK{{{0, seconds{0}, kSoon}, {0, seconds{0}, kSoon}, {0, seconds{0}, kSoon}}};
constexpr Promises IO = retried(EIO), STALL = stalls(EIO), AGAIN = retried(EAGAIN);

// clang-format off: a row a line
const std::vector<FaultRow>& rows() {
  static const std::vector<FaultRow> all{
      // list, urls, transcode, archive, token, first read, mid-file, sidecar
      {Fault::ConnectionRefused, "ConnectionRefused", "connection refused", {IO, IO, IO, IO, IO, IO, IO, IO}},
      {Fault::DnsFailure, "DnsFailure", "the host's name is unknown", {IO, IO, IO, IO, IO, IO, IO, IO}},
      {Fault::TlsFailure, "TlsFailure", "TLS: a certificate nobody trusts", {IO, IO, IO, IO, IO, IO, IO, IO}},
      {Fault::NoAnswer, "NoAnswer", "no answer", {STALL, STALL, STALL, STALL, STALL, STALL, STALL, STALL}},
      {Fault::ResetMidBody, "ResetMidBody", "reset, always at the same byte", {IO, IO, IO, IO, IO, IO, IO, IO}},
      {Fault::Truncated, "Truncated", "truncated, always at the same byte", {IO, IO, IO, IO, IO, IO, IO, IO}},
      {Fault::CutFurtherOn, "CutFurtherOn", "truncated, each time further on", {IO, IO, IO, IO, IO, OK, OK, OK}},
      {Fault::StalledMidBody, "StalledMidBody", "stalled mid-body", {STALL, STALL, STALL, STALL, STALL, STALL, STALL, STALL}},
      {Fault::SlowDrip, "SlowDrip", "a byte now and then", {STALL, STALL, STALL, STALL, STALL, STALL, STALL, STALL}},
      {Fault::Status400, "Status400", "400", {final(EINVAL), asked_again(EINVAL), final(EINVAL), final(EINVAL), IO, final(EIO), final(EIO), final(EIO)}},
      {Fault::Status401, "Status401", "401", {once_more(EACCES), once_more(EACCES), once_more(EACCES), once_more(EACCES), final(EACCES), IO, IO, IO}},
      {Fault::Status403, "Status403", "403", {once_more(EACCES), once_more(EACCES), once_more(EACCES), once_more(EACCES), final(EACCES), IO, IO, IO}},
      {Fault::Status404, "Status404", "404", {IO, IO, IO, IO, IO, once_more(ENOENT), once_more(ENOENT), IO}},
      {Fault::Status410, "Status410", "410", {IO, IO, IO, IO, IO, once_more(ENOENT), once_more(ENOENT), IO}},
      {Fault::Status416, "Status416", "416", {IO, IO, IO, IO, IO, IO, IO, IO}},
      {Fault::Status429, "Status429", "429", {AGAIN, AGAIN, AGAIN, AGAIN, AGAIN, AGAIN, AGAIN, AGAIN}},
      {Fault::Status429In3s, "Status429In3s", "429, `Retry-After: 3`", {told(EAGAIN), told(EAGAIN), told(EAGAIN), told(EAGAIN), told(EAGAIN), told(EAGAIN), told(EAGAIN), told(EAGAIN)}},
      {Fault::Status429In1h, "Status429In1h", "429, `Retry-After: 3600`", {told_later(EAGAIN), told_later(EAGAIN), told_later(EAGAIN), told_later(EAGAIN), told_later(EAGAIN), told_later(EAGAIN), told_later(EAGAIN), told_later(EAGAIN)}},
      {Fault::Status500, "Status500", "500", {IO, IO, IO, IO, IO, IO, IO, IO}},
      {Fault::Status502, "Status502", "502", {IO, IO, IO, IO, IO, IO, IO, IO}},
      {Fault::Status503, "Status503", "503", {IO, IO, IO, IO, IO, IO, IO, IO}},
      {Fault::Status503In3s, "Status503In3s", "503, `Retry-After: 3`", {told(EIO), told(EIO), told(EIO), told(EIO), told(EIO), told(EIO), told(EIO), told(EIO)}},
      {Fault::HtmlWith200, "HtmlWith200", "a web page with 200", {IO, IO, IO, IO, IO, IO, IO, IO}},
      {Fault::RedirectToAnotherHost, "RedirectToAnotherHost", "redirect to another host", {IO, IO, IO, IO, IO, OK, OK, OK}},
      {Fault::RedirectLoop, "RedirectLoop", "redirect loop", {IO, IO, IO, IO, IO, IO, IO, IO}},
      {Fault::WholeForARange, "WholeForARange", "200 for a range", {OK, OK, OK, OK, OK, OK, OK, OK}},
      {Fault::WrongContentRange, "WrongContentRange", "206 with another range", {IO, IO, IO, IO, IO, IO, IO, IO}},
      {Fault::WrongLength, "WrongLength", "a length that is half of the body's", {IO, IO, OK, OK, IO, OK, OK, OK}},
      {Fault::AnotherSize, "AnotherSize", "an object of another size than announced", {OK, OK, OK, OK, OK, final(EIO), final(EIO), OK}},
      {Fault::ObjectChanged, "ObjectChanged", "another object", {OK, OK, OK, OK, OK, OK, final(EIO), OK}},
      {Fault::GzipUnasked, "GzipUnasked", "gzip although identity was asked for", {OK, OK, OK, OK, OK, IO, IO, IO}},
  };
  return all;
}
// clang-format on

}  // namespace

std::span<const FaultRow> fault_rows() { return rows(); }

std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::List: return "List";
    case Operation::Urls: return "Urls";
    case Operation::Transcode: return "Transcode";
    case Operation::Archive: return "Archive";
    case Operation::Token: return "Token";
    case Operation::FirstRead: return "FirstRead";
    case Operation::MidFile: return "MidFile";
    case Operation::Sidecar: return "Sidecar";
  }
  return "";
}

std::string_view name_of(Lasting lasting) {
  switch (lasting) {
    case Lasting::Once: return "Once";
    case Lasting::FiveSeconds: return "ForFiveSeconds";
    case Lasting::ForEver: return "ForEver";
  }
  return "";
}

std::string_view errno_name(int error) {
  switch (error) {
    case 0: return "right";
    case EIO: return "EIO";
    case EACCES: return "EACCES";
    case EAGAIN: return "EAGAIN";
    case EINVAL: return "EINVAL";
    case ENOENT: return "ENOENT";
    default: return "another errno";
  }
}

}  // namespace g2afs::test
