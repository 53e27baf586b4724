// SPDX-License-Identifier: MIT
#include "g2afs/app/transfer_rates.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace g2afs {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

json reading(std::uint64_t pid, std::uint64_t open, std::uint64_t bytes) {
  return {{"pid", pid}, {"open_files", {{{"open", open}, {"bytes_read", bytes}}}}};
}

TEST(TransferRates, SeeHowFastAFileIsReadNow) {
  const Rate::Instant start{};
  TransferRates rates;
  EXPECT_EQ(rates.of(7), std::nullopt);
  rates.update(reading(1, 7, 1'000'000), start);
  EXPECT_EQ(rates.of(7), std::nullopt) << "once is no rate";
  rates.update(reading(1, 7, 3'000'000), start + 1s);
  EXPECT_EQ(rates.of(7), 2'000'000);
}

TEST(TransferRates, AnotherOpenOrAnotherDaemonBeginsAnew) {
  const Rate::Instant start{};
  TransferRates rates;
  rates.update(reading(1, 7, 1'000'000), start);
  rates.update(reading(1, 8, 3'000'000), start + 1s);
  EXPECT_EQ(rates.of(7), std::nullopt);
  EXPECT_EQ(rates.of(8), std::nullopt);
  rates.update(reading(1, 8, 3'500'000), start + 2s);
  EXPECT_EQ(rates.of(8), 500'000);
  rates.update(reading(2, 8, 3'600'000), start + 3s);
  EXPECT_EQ(rates.of(8), std::nullopt) << "by its process";
  rates.update(reading(2, 8, 10), start + 4s);
  EXPECT_EQ(rates.of(8), std::nullopt) << "by what cannot be";
  rates.update(json("nonsense"), start + 5s);
}

}  // namespace
}  // namespace g2afs
