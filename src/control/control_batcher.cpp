// SPDX-License-Identifier: MIT
#include "g2afs/control/control_batcher.hpp"

#include <algorithm>
#include <deque>

#include "narrowing.hpp"

#include "g2afs/net/concurrency.hpp"

namespace g2afs {

/// What many() has still to send, shared by those who send it.
struct ControlBatcher::Line {
  std::vector<DatedId> ids;
  std::size_t next = 0;
  bool stopped = false;

  std::span<const DatedId> take(std::size_t most) {
    const auto batch = std::span(ids).subspan(next, std::min(most, ids.size() - next));
    next += batch.size();
    return batch;
  }
};

ControlBatcher::ControlBatcher(Loop& loop, Clock& clock, Log& log, std::string name, std::size_t connections, Send send,
                               OnAccepted on_accepted)
    : loop_(loop),
      clock_(clock),
      log_(log),
      name_(std::move(name)),
      connections_(connections),
      send_(std::move(send)),
      on_accepted_(std::move(on_accepted)) {}

Task<Result<void>> ControlBatcher::one(DatedId id) {
  last_came_ = clock_.now();
  if (gathered_.empty()) first_came_ = last_came_;
  const auto same = std::find_if(gathered_.begin(), gathered_.end(), [&](const auto& seat) { return seat->id == id; });
  const auto seat = same != gathered_.end() ? *same : gathered_.emplace_back(std::make_shared<Seat>(id));
  const Passenger passenger(loop_, seat);
  if (!std::exchange(gathering_, true)) loop_.spawn(gather());
  while (!seat->outcome) co_await seat->settled.wait();
  co_return *seat->outcome;
}

Task<> ControlBatcher::gather() {
  const struct Done {
    bool& gathering;
    ~Done() { gathering = false; }
  } done{gathering_};
  while (!gathered_.empty()) {
    co_await wait_for_more();
    Seats seats = std::exchange(gathered_, {});
    std::erase_if(seats, [](const auto& seat) { return seat->waiting == 0; });
    std::vector<std::shared_ptr<Flight>> flights;
    for (std::size_t next = 0; next < seats.size(); next += most_) {
      const auto begin = seats.begin() + static_cast<std::ptrdiff_t>(next);
      const auto size = static_cast<std::ptrdiff_t>(std::min(most_, seats.size() - next));
      flights.push_back(launch(Seats(begin, begin + size)));
    }
    for (const auto& flight : flights) {
      while (!flight->landed) co_await flight->landing.wait();
    }
  }
}

Task<> ControlBatcher::wait_for_more() {
  while (gathered_.size() < most_) {
    const MonotonicTime now = clock_.now();
    const MonotonicTime end = std::min(last_came_ + kTogether, first_came_ + kTogetherAtMost);
    if (now >= end) co_return;
    co_await clock_.sleep(end - now);
  }
}

std::shared_ptr<ControlBatcher::Flight> ControlBatcher::launch(Seats seats) {
  auto flight = std::make_shared<Flight>();
  for (const auto& seat : seats) seat->flight = flight;
  flight->wanted = seats.size();
  flight->seats = std::move(seats);
  flight->task = loop_.spawn(fly(flight));
  return flight;
}

Task<> ControlBatcher::fly(std::shared_ptr<Flight> flight) {
  const struct Landing {
    Flight& flight;
    ~Landing() {
      flight.landed = true;
      flight.landing.notify_all();
    }
  } landing{*flight};
  Narrowing narrowing(*this);
  Seats seats = flight->seats;
  co_await narrowing.run(std::move(seats));
  flight->trouble = narrowing.gave_up();
}

Task<> ControlBatcher::many(std::vector<DatedId> ids, Progress& progress) {
  Line line{std::move(ids)};
  const std::size_t calls = (line.ids.size() + most_ - 1) / most_;
  std::vector<Task<bool>> workers;
  for (std::size_t i = 0; i < std::min(calls, connections_); ++i) workers.push_back(work(line, progress));
  co_await join(loop_, std::move(workers));
}

Task<bool> ControlBatcher::work(Line& line, Progress& progress) {
  while (!line.stopped && line.next < line.ids.size()) {
    Seats seats;
    for (const DatedId& id : line.take(most_)) seats.push_back(std::make_shared<Seat>(id));
    std::deque<Passenger> passengers;  // which stay where they are
    for (const auto& seat : seats) passengers.emplace_back(loop_, seat);
    const auto flight = launch(std::move(seats));
    // By destructor, so that what an interrupted caller had done by then is counted, too.
    const struct Count {
      Flight& flight;
      Line& line;
      Progress& progress;
      ~Count() {
        for (const auto& seat : flight.seats) {
          if (!seat->outcome) continue;
          if (*seat->outcome) {
            ++progress.done;
          } else if (!progress.failure) {
            progress.failure = seat->outcome->error();
          }
        }
        line.stopped = line.stopped || flight.trouble;
      }
    } count{*flight, line, progress};
    while (!flight->landed) co_await flight->landing.wait();
  }
  co_return true;
}

}  // namespace g2afs
