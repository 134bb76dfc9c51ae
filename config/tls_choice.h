// SPDX-License-Identifier: MIT
//
// What of TLS a server agrees to: versions, cipher suites and curves, in the words of
// exporter-toolkit's web configuration (those of Go), and as the priorities that GnuTLS wants.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

enum class TlsVersion { k12, k13 };

struct TlsChoice {
  TlsVersion least = TlsVersion::k12, most = TlsVersion::k13;
  std::vector<std::string> suites;  ///< in no order; empty: all that are safe
  std::vector<std::string> curves;  ///< the one that is liked best first; empty: all
  bool operator==(const TlsChoice&) const = default;
};

/// What is wrong with a suite's or a curve's name, and what to write; absent: nothing.
std::optional<std::string> tls_suite_problem(std::string_view name);
std::optional<std::string> tls_curve_problem(std::string_view name);

/// What is wrong with a choice of known names; absent: nothing. GnuTLS is told key exchanges and
/// ciphers apart: suites that it would add to those of the list are a problem.
std::optional<std::string> tls_choice_problem(const TlsChoice& choice);

/// For gnutls_priority_init(), of a choice without a problem. Where suites are named, TLS 1.3 has
/// their ciphers only.
std::string tls_priorities(const TlsChoice& choice);

}  // namespace tierwatch
