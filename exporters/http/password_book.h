// SPDX-License-Identifier: MIT
//
// Who may ask: users and the hashes of their passwords, as crypt(5) writes them. A right password
// is remembered as a keyed digest, so that a scrape each second does not pay for bcrypt each
// second.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace tierwatch {

struct Credentials {
  std::string user, password;
};

/// Of an Authorization header of the scheme Basic (RFC 7617); absent when it is not one.
std::optional<Credentials> basic_credentials(std::string_view authorization);

/// What is wrong with a password hash; empty when nothing is. Costs one hashing. Accepts what
/// crypt(5) of this system calls strong: bcrypt, yescrypt, scrypt, SHA-512, SHA-256.
std::string password_hash_problem(const std::string& hash);

enum class Admission { kGranted, kRefused, kTooMany };

class PasswordBook {
 public:
  using Clock = std::function<std::chrono::nanoseconds()>;

  /// `users`: name to hash. `now` tells CLOCK_MONOTONIC. Throws std::runtime_error when the kernel
  /// gives no random bytes.
  PasswordBook(std::map<std::string, std::string> users, Clock now);

  /// Thread-safe. Takes about as long for an unknown user as for a known one. A password that is
  /// not remembered is hashed: at most kHashesPerSecond, beyond that the answer is kTooMany, so
  /// that who guesses cannot make a monitor the load. `client` is where it comes from
  /// (client_network()): those that gave a wrong one within kSuspicion have kHashesForSuspects of
  /// them together, so that they lock out nobody else.
  Admission admit(const std::string& user, const std::string& password, const std::string& client);

  /// The two halves of admit(): what is known without hashing; absent: what admit_by_hash() says,
  /// to be called with what `suspicious` became. It is true for a client of whom another password
  /// is looked at already: many at once shall not be many hashes before the first is found wrong.
  std::optional<Admission> admit_at_once(const Credentials& shown, const std::string& client,
                                         bool& suspicious);
  Admission admit_by_hash(const Credentials& shown, const std::string& client, bool suspicious);

  /// In place of the second half.
  void leave_unhashed(bool suspicious);

  bool empty() const { return users_.empty(); }

  static constexpr int kHashesPerSecond = 5, kHashesForSuspects = 4;
  static constexpr std::chrono::seconds kSuspicion{60};

 private:
  using Digest = std::array<unsigned char, 32>;
  struct User {
    std::string hash;
    bool seen = false;
    Digest digest{};  ///< of the right password, when it was seen
  };

  Digest digest_of(std::string_view user, std::string_view password) const;
  bool is_suspect(const std::string& client) const;
  bool may_hash(bool suspicious);
  void suspect(const std::string& client, bool counted);

  std::map<std::string, User> users_;
  const Clock now_;
  Digest key_{};
  std::mutex mutex_;
  std::chrono::nanoseconds second_began_{};   ///< guarded by mutex_, as are the users' digests
  int hashed_ = 0, hashed_for_suspects_ = 0;  ///< guarded by mutex_: since then
  int undecided_ = 0;  ///< guarded by mutex_: being hashed, for who is no suspect yet
  /// When each gave a wrong password. As many as are hashed in kSuspicion: guarded by mutex_.
  std::map<std::string, std::chrono::nanoseconds> suspects_;
};

}  // namespace tierwatch
