// SPDX-License-Identifier: MIT
//
// Passwords are hashed on a thread of their own: a server's thread that hashes would keep all its
// other clients waiting. A connection whose password is looked at is suspended meanwhile.
#pragma once

#include <microhttpd.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "exporters/http/password_book.h"

namespace tierwatch {

/// Thread-safe.
class AdmissionDesk {
 public:
  /// Requests that wait for a hash, beside the one that is being hashed; who comes beyond is told
  /// to try again. Those of clients that guess (PasswordBook) wait behind all others.
  static constexpr std::size_t kMostWaiting = 8, kMostSuspectsWaiting = 4;

  explicit AdmissionDesk(PasswordBook& book);
  /// Calls close().
  ~AdmissionDesk();
  AdmissionDesk(const AdmissionDesk&) = delete;
  AdmissionDesk& operator=(const AdmissionDesk&) = delete;

  /// True: it is not known yet who asks. The connection is suspended, and its handler is called
  /// again, to ask this again. `header` is what Authorization says.
  bool waits(MHD_Connection* connection, std::string_view header, const std::string& client);

  /// What was decided, after waits() was false.
  Admission take(MHD_Connection* connection);

  /// The request is over.
  void forget(MHD_Connection* connection);

  /// Who waits, and all who come later without a known password, are told to try again. No
  /// connection is suspended any more. To be called before their daemon is stopped.
  void close();

 private:
  struct Asked {
    MHD_Connection* connection = nullptr;
    Credentials credentials;
    std::string client;
    bool suspicious = false;
  };

  bool put_down(const Asked& asked);
  void run();
  void decide(const Asked& asked, Admission admission);

  PasswordBook& book_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<Asked> waiting_;  ///< this and the next ones are guarded by mutex_
  std::map<MHD_Connection*, Admission> decided_;
  std::multiset<std::string> looked_at_;  ///< clients of those that wait or are hashed
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace tierwatch
