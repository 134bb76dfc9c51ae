// SPDX-License-Identifier: MIT
#include "exporters/http/page_policy.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace tierwatch {
namespace {

constexpr std::size_t kSha256Bytes = 32;

/// 'sha256-…' of a text, as https://www.w3.org/TR/CSP3/#grammardef-hash-source has it.
std::string source_of(std::string_view text) {
  std::array<unsigned char, kSha256Bytes> digest{};
  gnutls_datum_t base64{};
  const gnutls_datum_t bytes{digest.data(), kSha256Bytes};
  if (gnutls_hash_fast(GNUTLS_DIG_SHA256, text.data(), text.size(), digest.data()) != 0 ||
      gnutls_base64_encode2(&bytes, &base64) != 0)
    throw std::runtime_error("GnuTLS cannot compute the SHA-256 of the live page");
  const std::unique_ptr<unsigned char, decltype(gnutls_free)> freed(base64.data, gnutls_free);
  return "'sha256-" + std::string(reinterpret_cast<const char*>(base64.data), base64.size) + "'";
}

}  // namespace

std::string page_policy(std::string_view style, std::string_view script) {
  return "default-src 'none'; script-src " + source_of(script) + "; style-src " + source_of(style) +
         "; connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; "
         "form-action 'none'";
}

}  // namespace tierwatch
