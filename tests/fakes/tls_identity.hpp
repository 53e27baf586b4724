// SPDX-License-Identifier: MIT
// What a test's server shows over TLS. Any thread.
#pragma once

#include <cstdio>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <string>
#include <utility>

#include <asio/ssl.hpp>

namespace g2afs::test {

/// A key and a certificate for it that it has signed itself, valid now, for `name` ("IP:127.0.0.1").
struct TlsIdentity {
  explicit TlsIdentity(const char* name) {
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

  /// A server with this context shows it.
  void use_in(asio::ssl::context& context) const {
    SSL_CTX_use_PrivateKey(context.native_handle(), key.get());
    SSL_CTX_use_certificate(context.native_handle(), certificate.get());
  }
  /// Who has the file as its roots trusts it.
  void write_as_root(const std::string& path) const {
    const std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(path.c_str(), "w"), &std::fclose);
    if (!file || PEM_write_X509(file.get(), certificate.get()) != 1) throw std::runtime_error(path + ": not written");
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), &X509_free};
};

}  // namespace g2afs::test
