// SPDX-License-Identifier: MIT
#include "exporters/http/password_book.h"

#include <crypt.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <strings.h>
#include <sys/random.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

/// The password hashed with the setting that `hash` begins with; empty when it is no such setting.
std::string hashed(const std::string& password, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();  // 32 kB: too much for a thread's stack
  const char* result = crypt_r(password.c_str(), hash.c_str(), data.get());
  return result && *result != '*' ? result : "";
}

/// Absent when it is no base64 (RFC 4648).
std::optional<std::string> from_base64(std::string_view text) {
  const gnutls_datum_t encoded{
      .data = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
      .size = static_cast<unsigned>(text.size())};
  gnutls_datum_t plain{};
  if (gnutls_base64_decode2(&encoded, &plain) < 0) return std::nullopt;
  std::string out(reinterpret_cast<const char*>(plain.data), plain.size);
  gnutls_free(plain.data);
  return out;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && gnutls_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<Credentials> basic_credentials(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic";
  const std::string_view scheme = take_field(authorization);
  const std::string_view encoded = take_field(authorization);
  if (!take_field(authorization).empty() || scheme.size() != kScheme.size() ||
      strncasecmp(scheme.data(), kScheme.data(), kScheme.size()) != 0)
    return std::nullopt;
  const auto text = from_base64(encoded);
  const auto colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{.user = text->substr(0, colon), .password = text->substr(colon + 1)};
}

std::string password_hash_problem(const std::string& hash) {
  // Any two letters begin a hash of 1979: a password written here itself is not taken for one.
  if (!hash.starts_with('$')) return "it is not a password hash";
  switch (crypt_checksalt(hash.c_str())) {
    case CRYPT_SALT_OK:
      break;
    case CRYPT_SALT_METHOD_LEGACY:
    case CRYPT_SALT_TOO_CHEAP:
      return "its method is too weak to keep a password by";
    default:
      return "it is not a password hash";
  }
  // A setting without a hash after it, or with half of one, would never let anybody in.
  const std::string example = hashed("", hash);
  if (example.size() != hash.size()) return "it is cut off, or longer than its method makes it";
  return "";
}

PasswordBook::PasswordBook(std::map<std::string, std::string> users, Clock now)
    : now_(std::move(now)) {
  for (auto& [name, hash] : users) users_[name].hash = std::move(hash);
  if (getrandom(key_.data(), key_.size(), 0) != static_cast<ssize_t>(key_.size()))
    throw std::runtime_error("the kernel gives no random bytes");
}

PasswordBook::Digest PasswordBook::digest_of(std::string_view user,
                                             std::string_view password) const {
  std::string text(user);
  text.append(1, ':').append(password);  // no user's name has a colon
  Digest digest{};
  gnutls_hmac_fast(GNUTLS_MAC_SHA256, key_.data(), key_.size(), text.data(), text.size(),
                   digest.data());
  return digest;
}

bool PasswordBook::is_suspect(const std::string& client) const {
  const auto wrong = suspects_.find(client);
  return wrong != suspects_.end() && now_() - wrong->second < kSuspicion;
}

bool PasswordBook::may_hash(bool suspicious) {
  const auto now = now_();
  if (now - second_began_ >= std::chrono::seconds(1)) {
    second_began_ = now;
    hashed_ = hashed_for_suspects_ = 0;
  }
  if (hashed_ == kHashesPerSecond) return false;
  if (suspicious && hashed_for_suspects_ + undecided_ >= kHashesForSuspects) return false;
  ++hashed_;
  ++(suspicious ? hashed_for_suspects_ : undecided_);
  return true;
}

/// What was hashed for it before it was known is counted with the others.
void PasswordBook::suspect(const std::string& client, bool counted) {
  const auto now = now_();
  std::erase_if(suspects_, [now](const auto& one) { return now - one.second >= kSuspicion; });
  suspects_[client] = now;
  if (!counted && hashed_for_suspects_ < kHashesForSuspects) ++hashed_for_suspects_;
}

std::optional<Admission> PasswordBook::admit_at_once(const Credentials& shown,
                                                     const std::string& client, bool& suspicious) {
  if (users_.empty()) return Admission::kRefused;
  const Digest digest = digest_of(shown.user, shown.password);
  const auto found = users_.find(shown.user);
  const std::lock_guard lock(mutex_);
  if (found != users_.end() && found->second.seen &&
      gnutls_memcmp(found->second.digest.data(), digest.data(), digest.size()) == 0)
    return Admission::kGranted;
  suspicious = suspicious || is_suspect(client);
  return may_hash(suspicious) ? std::nullopt : std::optional(Admission::kTooMany);
}

void PasswordBook::leave_unhashed(bool suspicious) {
  const std::lock_guard lock(mutex_);
  if (!suspicious) --undecided_;
}

Admission PasswordBook::admit_by_hash(const Credentials& shown, const std::string& client,
                                      bool suspicious) {
  const auto found = users_.find(shown.user);
  // Of an unknown user, somebody's hash: the time taken does not tell who is known.
  const std::string& hash = (found == users_.end() ? users_.begin() : found)->second.hash;
  // crypt(3) would stop at a NUL: such a password is none.
  const bool whole = shown.password.find('\0') == std::string::npos;
  const bool right = same(hashed(shown.password, hash), hash) && whole;
  const std::lock_guard lock(mutex_);
  if (!suspicious) --undecided_;
  if (!right || found == users_.end()) {
    suspect(client, suspicious);
    return Admission::kRefused;
  }
  found->second.seen = true;
  found->second.digest = digest_of(shown.user, shown.password);
  return Admission::kGranted;
}

Admission PasswordBook::admit(const std::string& user, const std::string& password,
                              const std::string& client) {
  const Credentials shown{.user = user, .password = password};
  bool suspicious = false;
  const auto at_once = admit_at_once(shown, client, suspicious);
  return at_once ? *at_once : admit_by_hash(shown, client, suspicious);
}

}  // namespace tierwatch
