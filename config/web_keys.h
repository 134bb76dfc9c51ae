// SPDX-License-Identifier: MIT
//
// The words of [web] that tierwatch.toml and exporter-toolkit's web configuration share, and what
// has to hold between them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/problems.h"

namespace tierwatch {

/// "NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"; absent for all else.
std::optional<ClientAuth> client_auth_of(std::string_view word);
/// What is wrong with a word that client_auth_of() does not know, and what to write.
std::string client_auth_problem(std::string_view word);

/// "TLS12", "TLS13"; absent for all else.
std::optional<TlsVersion> tls_version_of(std::string_view word);
std::string tls_version_problem(std::string_view word);

/// Why a header cannot be added to answers; absent when it can. They are those that
/// exporter-toolkit takes.
std::optional<std::string> web_header_problem(std::string_view name, std::string_view value);

/// What is missing beside what is there: a key, a certificate, a CA.
void check_web(const WebConfig& web, Problems& problems);

}  // namespace tierwatch
