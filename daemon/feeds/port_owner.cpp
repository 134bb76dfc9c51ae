// SPDX-License-Identifier: MIT
#include "daemon/feeds/port_owner.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "collectors/sockets/reading/proc_net.h"
#include "daemon/service/login_name.h"

namespace tierwatch {
namespace {

constexpr const char* kServiceUser = "tierwatch";  // systemd/sysusers.d

std::optional<uid_t> service_user() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* result = nullptr;
  getpwnam_r(kServiceUser, &entry, buffer.data(), buffer.size(), &result);
  return result ? std::optional(result->pw_uid) : std::nullopt;
}

bool meets_loopback(const IpAddress& address) {
  const std::uint8_t* bytes = address.bytes.data();
  return address.is_any() || (address.is_v4() && bytes[12] == 127 && bytes[13] == 0 &&
                              bytes[14] == 0 && bytes[15] == 1);
}

}  // namespace

std::vector<uid_t> owners_of(SocketTable& table, std::uint16_t port) {
  std::vector<ListenerSocket> listeners;
  for (const SocketFamily family : {SocketFamily::kTcp4, SocketFamily::kTcp6})
    table.listeners(family, listeners);
  std::vector<uid_t> owners;
  for (const ListenerSocket& one : listeners)
    if (one.local.port == port && one.uid && meets_loopback(one.local.address))
      owners.push_back(*one.uid);
  return owners;
}

std::string stranger_among(const std::vector<uid_t>& owners, uid_t own,
                           std::optional<uid_t> service) {
  const auto stranger = std::ranges::find_if(
      owners, [&](uid_t uid) { return uid != 0 && uid != own && uid != service; });
  if (stranger == owners.end()) return "";
  std::string name = login_name(*stranger);
  if (name.empty()) name = std::to_string(*stranger);
  return "user " + name + " listens there, who is neither root nor " + kServiceUser +
         ": not asked; if that is the daemon you mean, name it with --url";
}

bool may_run_the_daemon(uid_t uid) { return uid == 0 || uid == geteuid() || uid == service_user(); }

std::string stranger_at(std::uint16_t port) {
  std::vector<uid_t> owners = owners_of(*make_sock_diag_table(), port);
  if (owners.empty()) {
    try {
      const ProcFs files;
      FaultLog faults;
      owners = owners_of(*make_proc_net_table(files, faults), port);
    } catch (const std::system_error&) {
      return "";
    }
  }
  return stranger_among(owners, geteuid(), service_user());
}

}  // namespace tierwatch
