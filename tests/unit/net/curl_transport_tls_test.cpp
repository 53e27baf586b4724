// SPDX-License-Identifier: MIT
// Whom the transport trusts over TLS.
#include <string>

#include <gtest/gtest.h>

#include "unit/net/curl_transport_tls_fixture.hpp"

namespace g2afs::test {
namespace {

TEST_F(CurlTransportTlsTest, ARootOfCaFileIsTrusted) {
  const std::string url = serve_as("IP:127.0.0.1");
  trust_it();
  for (const Purpose purpose : {Purpose::Media, Purpose::Api}) {
    TestSink sink;
    const auto result = perform(to(url, purpose), sink);
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(sink.body, "over TLS");
  }
}

TEST_F(CurlTransportTlsTest, TellsHowFarItGot) {
  const std::string url = serve_as("IP:127.0.0.1");
  trust_it();
  TestSink sink;
  perform(to(url), sink);
  EXPECT_EQ(sink.reached, Reached::Answer);
  perform(to("http://foreign.example/"), sink);
  EXPECT_EQ(sink.reached, Reached::Nothing) << "each request begins anew";
}

TEST_F(CurlTransportTlsTest, AnUnknownRootIsNot) {
  const std::string url = serve_as("IP:127.0.0.1");
  TestSink sink;
  expect_failure(perform(to(url), sink), Errc::Unavailable, "the server's TLS certificate is not trusted");
  EXPECT_EQ(sink.reached, Reached::Connection);
  EXPECT_EQ(answered, 0);
}

TEST_F(CurlTransportTlsTest, ACertificateForAnotherHostIsNot) {
  const std::string url = serve_as("IP:127.0.0.2");
  trust_it();
  expect_failure(perform(to(url)), Errc::Unavailable, "the server's TLS certificate is not trusted");
  EXPECT_EQ(answered, 0);
}

// Whoever has the API's name in hand could make it lead here: only who has its certificate is the API.
TEST_F(CurlTransportTlsTest, AnApiThatIsNotTrustedDoesNotLeadMediaToThisMachine) {
  options.local_origin = false;
  const std::string url = serve_as("IP:127.0.0.1");
  expect_failure(perform(to(url, Purpose::Api)), Errc::Unavailable, "the server's TLS certificate is not trusted");
  expect_failure(perform(to(url)), Errc::Invalid, "local address 127.0.0.1");
}

TEST_F(CurlTransportTlsTest, OldVersionsOfTlsAreNotSpoken) {
  const std::string url = serve_as("IP:127.0.0.1");
  trust_it();
  SSL_CTX_set_security_level(tls.native_handle(), 0);  // or OpenSSL itself would not offer it
  SSL_CTX_set_max_proto_version(tls.native_handle(), TLS1_1_VERSION);
  TestSink sink;
  expect_failure(perform(to(url), sink), Errc::Unavailable, "the TLS handshake failed");
  EXPECT_EQ(sink.reached, Reached::Connection);
  EXPECT_EQ(answered, 0);
}

TEST_F(CurlTransportTlsTest, AMissingCaFileIsNamed) {
  const std::string url = serve_as("IP:127.0.0.1");
  options.ca_file = "/nonexistent/roots.pem";
  expect_failure(perform(to(url)), Errc::Unavailable, "the TLS roots (ca_file) cannot be read");
}

TEST_F(CurlTransportTlsTest, AServerWithoutTlsIsNotSpokenTo) {
  serve([](WireConnection& connection) -> Task<> { co_await connection.write("HTTP/1.1 200 OK\r\n\r\n"); });
  std::string url = server->url("/SECRET?sig=SECRET");
  url.replace(0, 4, "https");
  expect_failure(perform(to(url)), Errc::Unavailable, "TLS");
}

}  // namespace
}  // namespace g2afs::test
