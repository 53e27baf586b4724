// SPDX-License-Identifier: MIT
// Narrowing: one call, halved where the server refuses it for an id, or has no room for it. Loop thread only.
//
// The API refuses a whole call for one id that is not the account's (403) or that it cannot take (400), and does not say
// which. So the call is halved until the rest is done and the culprits are alone: about 18 calls for one among 500. If
// more than a few are refused on their own before anything was accepted, the trouble may be with the credentials: the
// other halves are sent once, and if one of them is accepted, those that were not are halved after all.
//
// A call that is too long for the server's request line (414) says nothing about its ids. It is halved as well, and the
// batcher remembers what there was room for.
#pragma once

#include "flight.hpp"

namespace g2afs {

class ControlBatcher::Narrowing {
 public:
  explicit Narrowing(ControlBatcher& batcher) : batcher_(batcher) {}

  /// Settles every seat that somebody waits for.
  Task<> run(Seats seats);
  /// The trouble was not with an id.
  bool gave_up() const { return given_up_.has_value(); }

 private:
  Task<> send(Seats seats);
  Task<> halve(Seats seats);
  /// Too many to go on in the belief that the trouble is with them.
  bool all_refused() const;
  void accept(const Seats& seats);
  void refuse(Seat& seat, const Error& error);
  static void settle(const Seats& seats, const Error& error);

  ControlBatcher& batcher_;
  std::size_t accepted_ = 0, refused_ = 0;
  std::optional<Error> refusal_;  // the last one
  std::vector<Seats> put_off_;    // refused as a whole after too many others
  std::optional<Error> given_up_;
};

}  // namespace g2afs
