// SPDX-License-Identifier: MIT
#include "exporters/http/tls_identity.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <algorithm>
#include <ctime>

namespace tierwatch {
namespace {

gnutls_datum_t datum(const std::string& text) {
  return {.data = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
          .size = static_cast<unsigned>(text.size())};
}

int certificate_status(const gnutls_datum_t& pem) {
  gnutls_x509_crt_t* chain = nullptr;
  unsigned count = 0;
  const int status = gnutls_x509_crt_list_import2(&chain, &count, &pem, GNUTLS_X509_FMT_PEM, 0);
  if (status < 0) return status;
  for (unsigned i = 0; i < count; ++i) gnutls_x509_crt_deinit(chain[i]);
  gnutls_free(chain);
  return GNUTLS_E_SUCCESS;
}

int key_status(const gnutls_datum_t& pem) {
  gnutls_x509_privkey_t key = nullptr;
  if (const int status = gnutls_x509_privkey_init(&key); status < 0) return status;
  const int status =
      gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, nullptr, GNUTLS_PKCS_PLAIN);
  gnutls_x509_privkey_deinit(key);
  return status;
}

int pair_status(const gnutls_datum_t& certificate, const gnutls_datum_t& key) {
  gnutls_certificate_credentials_t credentials = nullptr;
  if (const int status = gnutls_certificate_allocate_credentials(&credentials); status < 0)
    return status;
  const int status =
      gnutls_certificate_set_x509_key_mem(credentials, &certificate, &key, GNUTLS_X509_FMT_PEM);
  gnutls_certificate_free_credentials(credentials);
  return status;
}

}  // namespace

std::string certificates_problem(const std::string& certificates) {
  const int status = certificate_status(datum(certificates));
  return status < 0 ? gnutls_strerror(status) : "";
}

std::optional<std::chrono::system_clock::time_point> certificates_expire(
    const std::string& certificates) {
  gnutls_x509_crt_t* chain = nullptr;
  unsigned count = 0;
  const gnutls_datum_t pem = datum(certificates);
  if (gnutls_x509_crt_list_import2(&chain, &count, &pem, GNUTLS_X509_FMT_PEM, 0) < 0)
    return std::nullopt;
  std::optional<std::time_t> first;
  for (unsigned i = 0; i < count; ++i) {
    const std::time_t end = gnutls_x509_crt_get_expiration_time(chain[i]);
    if (end != static_cast<std::time_t>(-1)) first = std::min(first.value_or(end), end);
    gnutls_x509_crt_deinit(chain[i]);
  }
  gnutls_free(chain);
  return first ? std::optional(std::chrono::system_clock::from_time_t(*first)) : std::nullopt;
}

ClientCertificate client_certificate(void* handle) {
  auto* session = static_cast<gnutls_session_t>(handle);
  unsigned count = 0;
  if (!session || !gnutls_certificate_get_peers(session, &count) || count == 0)
    return {ClientCertificate::kNone, "A client certificate is required."};
  gnutls_typed_vdata_st purpose{};
  purpose.type = GNUTLS_DT_KEY_PURPOSE_OID;
  purpose.data = reinterpret_cast<unsigned char*>(const_cast<char*>(GNUTLS_KP_TLS_WWW_CLIENT));
  unsigned status = 0;
  const int done = gnutls_certificate_verify_peers(session, &purpose, 1, &status);
  if (done == GNUTLS_E_SUCCESS && status == 0) return {ClientCertificate::kHolds, ""};
  std::string problem = "The client certificate is refused";
  gnutls_datum_t text{};
  if (done == GNUTLS_E_SUCCESS &&
      gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) == 0) {
    problem.append(": ").append(reinterpret_cast<const char*>(text.data));
    gnutls_free(text.data);
    while (problem.ends_with(' ')) problem.pop_back();
  } else {
    problem += ".";
  }
  return {ClientCertificate::kDoesNot, problem};
}

TlsProblem tls_problem(const std::string& certificate, const std::string& key) {
  const gnutls_datum_t certificate_pem = datum(certificate), key_pem = datum(key);
  if (const int status = certificate_status(certificate_pem); status < 0)
    return {TlsFault::kCertificate, gnutls_strerror(status)};
  if (const int status = key_status(key_pem); status < 0)
    return {TlsFault::kKey, gnutls_strerror(status)};
  if (const int status = pair_status(certificate_pem, key_pem); status < 0)
    return {TlsFault::kMismatch, gnutls_strerror(status)};
  return {};
}

}  // namespace tierwatch
