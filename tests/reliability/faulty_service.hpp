// SPDX-License-Identifier: MIT
// The servers of the fault matrix: right answers, but for the calls that a fault is ordered for. Loop thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cells.hpp"
#include "host.hpp"
#include "model_service.hpp"

namespace g2afs::test {

class FaultyService final : public Conversation {
 public:
  FaultyService(Loop& loop, ModelService& model) : loop_(loop), model_(model) {}

  Task<> talk(PlainConnection& connection) override { return answer_all(connection); }
  Task<> talk(TlsConnection& connection) override { return answer_all(connection); }

  /// Calls of this kind are answered with the fault; `once`: one of them.
  void order(Fault fault, Call call, bool once) {
    ordered_ = {fault, call, once};
    counted_ = call;
    asked = 0;
  }
  void heal() { ordered_.reset(); }

  /// Another host that has the media, "http://127.0.0.1:1234".
  std::string other_origin;
  /// Requests of the kind of call a fault was ordered for last.
  int asked = 0;

 private:
  struct Order {
    Fault fault;
    Call call;
    bool once;
  };
  /// How the bytes of an answer go out, up to `at`; all of it goes out where that is its end.
  struct Delivery {
    enum class How { Whole, Reset, Close, Silence, Drip } how = How::Whole;
    std::size_t at = 0;
  };
  struct Answer {
    std::string text;
    Delivery delivery;
  };

  Answer answer(const WireRequest& request);
  /// What comes instead of the right answer, if the fault is one of those.
  std::optional<Reply> instead(Fault fault, const WireRequest& request) const;
  Answer spoilt(Fault fault, const WireRequest& request);
  Task<> pause(std::chrono::milliseconds time);

  template <class Connection>
  Task<> answer_all(Connection& connection) {
    for (;;) {
      const WireRequest request = co_await connection.read();
      const Answer reply = answer(request);
      std::string begin = reply.text.substr(0, reply.delivery.at);
      co_await connection.write(std::move(begin));
      switch (reply.delivery.how) {
        case Delivery::How::Whole: continue;
        case Delivery::How::Reset: connection.reset(); co_return;
        case Delivery::How::Close: co_return;
        case Delivery::How::Silence: co_await connection.closed(); co_return;
        case Delivery::How::Drip: break;
      }
      for (std::size_t i = reply.delivery.at; i < reply.text.size(); ++i) {
        std::string byte = reply.text.substr(i, 1);
        co_await connection.write(std::move(byte));
        co_await pause(std::chrono::milliseconds{30});
      }
    }
  }

  Loop& loop_;
  ModelService& model_;
  std::optional<Order> ordered_;
  std::optional<Call> counted_;
};

}  // namespace g2afs::test
