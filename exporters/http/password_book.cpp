// SPDX-License-Identifier: MIT
#include "exporters/http/password_book.h"

#include <crypt.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sys/random.h>

#include <memory>
#include <stdexcept>
#include <utility>

namespace tierwatch {
namespace {

/// The password hashed with the setting that `hash` begins with; empty when it is no such setting.
std::string hashed(const std::string& password, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();  // 32 kB: too much for a thread's stack
  const char* result = crypt_r(password.c_str(), hash.c_str(), data.get());
  return result && *result != '*' ? result : "";
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && gnutls_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string password_hash_problem(const std::string& hash) {
  // Any two letters begin a hash of 1979: a password written here itself is not taken for one.
  if (!hash.starts_with('$')) return "it is no password hash";
  switch (crypt_checksalt(hash.c_str())) {
    case CRYPT_SALT_OK:
      break;
    case CRYPT_SALT_METHOD_LEGACY:
    case CRYPT_SALT_TOO_CHEAP:
      return "its method is too weak to keep a password by";
    default:
      return "it is no password hash";
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

bool PasswordBook::may_hash() {
  const auto now = now_();
  if (now - second_began_ >= std::chrono::seconds(1)) {
    second_began_ = now;
    hashed_ = 0;
  }
  return ++hashed_ <= kHashesPerSecond;
}

Admission PasswordBook::admit(const std::string& user, const std::string& password) {
  if (users_.empty()) return Admission::kRefused;
  const Digest digest = digest_of(user, password);
  const auto found = users_.find(user);
  {
    const std::lock_guard lock(mutex_);
    if (found != users_.end() && found->second.seen &&
        gnutls_memcmp(found->second.digest.data(), digest.data(), digest.size()) == 0)
      return Admission::kGranted;
    if (!may_hash()) return Admission::kTooMany;
  }
  // Of an unknown user, somebody's hash: the time taken does not tell who is known.
  const std::string& hash = (found == users_.end() ? users_.begin() : found)->second.hash;
  // crypt(3) would stop at a NUL: such a password is none.
  const bool whole = password.find('\0') == std::string::npos;
  const bool right = same(hashed(password, hash), hash) && whole;
  if (!right || found == users_.end()) return Admission::kRefused;
  const std::lock_guard lock(mutex_);
  found->second.seen = true;
  found->second.digest = digest;
  return Admission::kGranted;
}

}  // namespace tierwatch
