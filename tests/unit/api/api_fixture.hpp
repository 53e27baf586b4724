// SPDX-License-Identifier: MIT
// A HttpArchiveApi with a fixed token against the scripted server. Loop thread only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_server.hpp"

#include "g2afs/api/http_archive_api.hpp"

namespace g2afs::test {

inline std::vector<RecordingId> many_ids(std::size_t count, std::uint64_t first = 1) {
  std::vector<RecordingId> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back(RecordingId{first + i});
  return ids;
}

/// For calls whose result does not matter.
template <class T>
Task<> drop(Task<T> task) {
  co_await std::move(task);
}

struct ApiFixture : testing::Test {
  ApiServer server;
  TokenOptions tokens_options;
  ArchiveOptions options;
  std::optional<TokenSource> tokens;
  std::optional<HttpArchiveApi> api;

  ApiFixture() {
    tokens_options.fixed = Secret("fixed");
    options.api_url = url("https://api.example/v1");
    options.account_key = 18446744073709551615U;
  }
  void SetUp() override { restart(); }

  /// Takes up what was changed in the options.
  void restart() {
    api.reset();
    tokens.emplace(server.loop, server.transport, server.clock, server.metrics, *server.log, tokens_options,
                   RetryPolicy{});
    api.emplace(server.loop, server.transport, *tokens, server.clock, server.metrics, *server.log, options,
                RetryPolicy{});
  }

  template <class T>
  T run(Task<T> task) {
    return run_task(server.loop, server.clock, std::move(task));
  }
  std::size_t asked() const { return server.transport.requests.size(); }

  template <class T>
  static void expect_error(const Result<T>& result, Errc code, const std::string& words) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code) << result.error().what;
    EXPECT_THAT(result.error().what, testing::HasSubstr(words));
  }
};

}  // namespace g2afs::test
