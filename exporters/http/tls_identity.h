// SPDX-License-Identifier: MIT
//
// Whether a certificate and a private key can be served with, asked before a server tries (the TLS
// of the HTTP library only says no).
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace tierwatch {

enum class TlsFault { kNone, kCertificate, kKey, kMismatch };

/// What is wrong with a pair of PEM texts.
struct TlsProblem {
  TlsFault fault = TlsFault::kNone;
  std::string text;  ///< of GnuTLS: "Base64 unexpected header error."
};

/// `certificate` may hold its chain, the server's own first. Thread-safe.
TlsProblem tls_problem(const std::string& certificate, const std::string& key);

/// What is wrong with PEM texts of certificates; empty: nothing. Thread-safe.
std::string certificates_problem(const std::string& certificates);

/// When the first of PEM certificates ends; absent when they are none. Thread-safe.
std::optional<std::chrono::system_clock::time_point> certificates_expire(
    const std::string& certificates);

/// What a client showed in its handshake.
struct ClientCertificate {
  enum Standing { kNone, kHolds, kDoesNot };
  Standing standing = kNone;
  std::string problem;  ///< a sentence, unless it holds
};

/// Of a GnuTLS session (gnutls_session_t) of a server that knows who signs: whether the certificate
/// was signed by them, is in its time, and is for clients.
ClientCertificate client_certificate(void* session);

}  // namespace tierwatch
