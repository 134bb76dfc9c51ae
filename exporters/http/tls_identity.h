// SPDX-License-Identifier: MIT
//
// Whether a certificate and a private key can be served with, asked before a server tries (the TLS
// of the HTTP library only says no).
#pragma once

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

}  // namespace tierwatch
