// SPDX-License-Identifier: MIT
#include "narrowing.hpp"

namespace g2afs {
namespace {

/// So many ids may be refused one by one before the first is accepted.
constexpr std::size_t kFew = 8;

bool may_be_about_an_id(const Error& error) { return error.code == Errc::Denied || error.code == Errc::Invalid; }

}  // namespace

Task<> ControlBatcher::Narrowing::run(Seats seats) {
  std::erase_if(seats, [](const auto& seat) { return seat->waiting == 0; });
  if (seats.empty()) co_return;
  if (given_up_) {
    for (const auto& seat : seats) seat->settle(fail(*given_up_));
    co_return;
  }
  std::vector<RecordingId> ids;
  std::vector<DatedId> dated;
  for (const auto& seat : seats) {
    ids.push_back(seat->id.id);
    dated.push_back(seat->id);
  }
  const Result<void> result = co_await batcher_.send_(std::move(ids));
  if (result) {
    accepted_ += seats.size();
    batcher_.on_accepted_(dated);
    for (const auto& seat : seats) seat->settle({});
  } else if (!may_be_about_an_id(result.error())) {
    given_up_ = result.error();
    for (const auto& seat : seats) seat->settle(fail(*given_up_));
  } else if (seats.size() == 1) {
    refuse(*seats.front(), result.error());
  } else {
    const auto middle = seats.begin() + static_cast<std::ptrdiff_t>(seats.size() / 2);
    Seats second(middle, seats.end());
    seats.erase(middle, seats.end());
    co_await run(std::move(seats));
    co_await run(std::move(second));
  }
}

void ControlBatcher::Narrowing::refuse(Seat& seat, const Error& error) {
  batcher_.log_.warn("{}: recording {} is refused: {}", batcher_.name_, seat.id.id.value, error.what);
  seat.settle(fail(error));
  if (++refused_ > kFew && accepted_ == 0) given_up_ = error;
}

}  // namespace g2afs
