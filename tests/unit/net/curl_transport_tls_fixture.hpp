// SPDX-License-Identifier: MIT
// A server with a certificate of its own for the tests of CurlTransport over TLS. Loop thread only.
#pragma once

#include <cstdio>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string>
#include <utility>

#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "fakes/temporary_directory.hpp"
#include "unit/net/curl_transport_fixture.hpp"

namespace g2afs::test {

/// A key and a certificate for it that it has signed itself, valid now, for `name` ("IP:127.0.0.1").
struct Identity {
  explicit Identity(const char* name) {
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    for (const auto& [kind, value] : {std::pair{NID_subject_alt_name, name}, {NID_basic_constraints, "CA:TRUE"}}) {
      const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
          X509V3_EXT_conf_nid(nullptr, nullptr, kind, value), &X509_EXTENSION_free);
      X509_add_ext(certificate.get(), extension.get(), -1);
    }
    X509_sign(certificate.get(), key.get(), EVP_sha256());
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), &X509_free};
};

class CurlTransportTlsTest : public CurlTransportTest {
 protected:
  /// Serves over TLS as the host `name`; returns the URL.
  std::string serve_as(const char* name) {
    identity = std::make_unique<Identity>(name);
    SSL_CTX_use_PrivateKey(tls.native_handle(), identity->key.get());
    SSL_CTX_use_certificate(tls.native_handle(), identity->certificate.get());
    loop.spawn(accept());
    return fmt::format("https://127.0.0.1:{}/SECRET?sig=SECRET", acceptor.local_endpoint().port());
  }
  /// Makes the server's own certificate a root the transport trusts.
  void trust_it() {
    options.ca_file = directory / "roots.pem";
    const std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(options.ca_file.c_str(), "w"),
                                                                  &std::fclose);
    ASSERT_TRUE(file);
    PEM_write_X509(file.get(), identity->certificate.get());
  }

  using TlsStream = asio::ssl::stream<asio::ip::tcp::socket>;
  /// One connection after its handshake.
  virtual Task<> converse(TlsStream& stream) {
    std::string request;
    co_await asio::async_read_until(stream, asio::dynamic_buffer(request), "\r\n\r\n", asio::use_awaitable);
    const std::string text = plain_answer("over TLS");
    co_await asio::async_write(stream, asio::buffer(text), asio::use_awaitable);
    ++answered;
  }

  Task<> accept() {
    for (;;) loop.spawn(answer(co_await acceptor.async_accept(asio::use_awaitable)));
  }
  Task<> answer(asio::ip::tcp::socket socket) {
    try {
      TlsStream stream(std::move(socket), tls);
      co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
      co_await converse(stream);
    } catch (const std::system_error&) {
      // The client does not like this server, or the test is over.
    }
  }

  asio::ssl::context tls{asio::ssl::context::tls_server};
  asio::ip::tcp::acceptor acceptor{loop.context(), {asio::ip::address_v4::loopback(), 0}};
  TemporaryDirectory directory;  // other processes trust other certificates
  std::unique_ptr<Identity> identity;
  int answered = 0;
};

}  // namespace g2afs::test
