// SPDX-License-Identifier: MIT
#include "narrowing.hpp"

#include <algorithm>

namespace g2afs {
namespace {

/// So many ids may be refused one by one before the first is accepted.
constexpr std::size_t kFew = 8;

bool may_be_about_an_id(const Error& error) { return error.code == Errc::Forbidden || error.code == Errc::Invalid; }

}  // namespace

bool ControlBatcher::Narrowing::all_refused() const { return refused_ > kFew && accepted_ == 0; }

Task<> ControlBatcher::Narrowing::run(Seats seats) {
  co_await send(std::move(seats));
  if (all_refused() && !given_up_) given_up_ = refusal_;
  std::vector<Seats> refused = std::exchange(put_off_, {});
  for (Seats& one : refused) co_await halve(std::move(one));
}

Task<> ControlBatcher::Narrowing::send(Seats seats) {
  std::erase_if(seats, [](const auto& seat) { return seat->waiting == 0; });
  if (seats.empty()) co_return;
  if (given_up_) {
    settle(seats, *given_up_);
    co_return;
  }
  if (seats.size() > batcher_.most_) {
    co_await halve(std::move(seats));
    co_return;
  }
  std::vector<RecordingId> ids;
  for (const auto& seat : seats) ids.push_back(seat->id.id);
  const Result<void> result = co_await batcher_.send_(std::move(ids));
  if (result) {
    accept(seats);
  } else if (result.error().code == Errc::TooLong && seats.size() > 1) {
    batcher_.most_ = std::min(batcher_.most_, seats.size() / 2);
    co_await halve(std::move(seats));
  } else if (!may_be_about_an_id(result.error())) {
    given_up_ = result.error();
    settle(seats, *given_up_);
  } else if (seats.size() == 1) {
    refuse(*seats.front(), result.error());
  } else if (all_refused()) {
    put_off_.push_back(std::move(seats));
  } else {
    co_await halve(std::move(seats));
  }
}

Task<> ControlBatcher::Narrowing::halve(Seats seats) {
  const auto middle = seats.begin() + static_cast<std::ptrdiff_t>(seats.size() / 2);
  Seats second(middle, seats.end());
  seats.erase(middle, seats.end());
  co_await send(std::move(seats));
  co_await send(std::move(second));
}

void ControlBatcher::Narrowing::accept(const Seats& seats) {
  accepted_ += seats.size();
  std::vector<DatedId> ids;
  for (const auto& seat : seats) ids.push_back(seat->id);
  batcher_.on_accepted_(ids);
  for (const auto& seat : seats) seat->settle({});
}

void ControlBatcher::Narrowing::refuse(Seat& seat, const Error& error) {
  batcher_.log_.warn("{}: recording {} is refused: {}", batcher_.name_, seat.id.id.value, error.what);
  seat.settle(fail(error));
  ++refused_;
  refusal_ = error;
}

void ControlBatcher::Narrowing::settle(const Seats& seats, const Error& error) {
  for (const auto& seat : seats) seat->settle(fail(error));
}

}  // namespace g2afs
