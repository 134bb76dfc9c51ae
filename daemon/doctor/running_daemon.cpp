// SPDX-License-Identifier: MIT
#include "daemon/doctor/running_daemon.h"

#include <array>
#include <set>
#include <string>

#include "collectors/text/text_scan.h"
#include "daemon/feeds/port_owner.h"
#include "daemon/feeds/remote_feed.h"

namespace tierwatch {
namespace {

constexpr std::size_t kLongestCommandLine = 64 * 1024;
constexpr std::array<std::string_view, 3> kConfigOptions = {"-c", "--config", "--config.file"};

/// The file that this word and the next name; empty: it is another option.
std::string_view config_in(std::string_view word, std::string_view next) {
  for (const std::string_view option : kConfigOptions) {
    if (word == option) return next;
    if (!word.starts_with(option)) continue;
    const std::string_view rest = word.substr(option.size());
    if (rest.starts_with('=')) return rest.substr(1);
    if (option == "-c") return rest;  // -cFILE
  }
  return {};
}

std::vector<std::string_view> split_words(std::string_view command_line) {
  std::vector<std::string_view> words;
  while (!command_line.empty()) words.push_back(take_until(command_line, '\0'));
  return words;
}

/// Inodes of what listens where a daemon is asked.
std::set<std::string> links_of_listeners(SocketTable& sockets) {
  std::vector<ListenerSocket> found;
  for (const SocketFamily family : {SocketFamily::kTcp4, SocketFamily::kTcp6, SocketFamily::kUnix})
    sockets.listeners(family, found);
  std::set<std::string> links;
  for (const ListenerSocket& one : found)
    if (one.name.empty() ? one.local.port == kDaemonPort : one.name == kDaemonSocket)
      links.insert("socket:[" + std::to_string(one.inode) + "]");
  return links;
}

bool holds_one(const ProcFs& files, pid_t pid, const std::set<std::string>& links) {
  Fault why{};
  const std::string folder = process_path(pid, "fd");
  const auto names = files.list(folder.c_str(), why);
  for (const std::string& name : names.value_or(std::vector<std::string>{}))
    if (links.contains(files.link((folder + "/" + name).c_str()).value_or(""))) return true;
  return false;
}

}  // namespace

std::optional<RunningDaemon> daemon_of(pid_t pid, std::string_view command_line) {
  const auto words = split_words(command_line);
  if (words.size() < 2 || words[1] != "daemon") return std::nullopt;
  if (std::filesystem::path(words[0]).filename() != "tierwatch") return std::nullopt;
  RunningDaemon daemon{.pid = pid, .config = {}};
  for (std::size_t i = 2; i < words.size(); ++i) {
    const auto file = config_in(words[i], i + 1 < words.size() ? words[i + 1] : "");
    if (!file.empty()) daemon.config = file;
  }
  return daemon;
}

std::vector<RunningDaemon> running_daemons(const ProcFs& files,
                                           const std::function<bool(uid_t)>& is_trusted) {
  std::vector<RunningDaemon> daemons;
  Fault why{};
  const auto names = files.list("proc", why);
  for (const std::string& name : names.value_or(std::vector<std::string>{})) {
    const auto pid = to_number<pid_t>(name);
    if (!pid) continue;
    const auto status = files.status(process_path(*pid).c_str(), why);
    if (!status || !is_trusted(status->uid)) continue;
    std::string buffer;
    const FileText title = files.read(process_path(*pid, "cmdline"), buffer, kLongestCommandLine);
    auto daemon = title ? daemon_of(*pid, title.text) : std::nullopt;
    if (!daemon) continue;
    if (daemon->config && daemon->config->is_relative()) {
      const auto folder = files.link(process_path(*pid, "cwd").c_str());
      if (!folder) continue;
      daemon->config = (std::filesystem::path(*folder) / *daemon->config).lexically_normal();
    }
    daemons.push_back(*std::move(daemon));
  }
  return daemons;
}

std::vector<RunningDaemon> those_that_answer(const ProcFs& files, SocketTable& sockets,
                                             std::vector<RunningDaemon> daemons) {
  if (daemons.size() < 2) return daemons;
  const auto links = links_of_listeners(sockets);
  std::vector<RunningDaemon> answering;
  for (const RunningDaemon& daemon : daemons)
    if (holds_one(files, daemon.pid, links)) answering.push_back(daemon);
  return answering.empty() ? daemons : answering;
}

bool is_of_systemd(const ProcFs& files, pid_t pid) {
  std::string buffer;
  const FileText groups = files.read(process_path(pid, "cgroup"), buffer);
  return groups && groups.text.find("/tierwatch.service") != groups.text.npos;
}

std::optional<std::filesystem::path> config_of_the_daemon() try {
  const ProcFs files;
  const auto sockets = make_sock_diag_table();
  const auto daemons =
      those_that_answer(files, *sockets, running_daemons(files, may_run_the_daemon));
  return daemons.size() == 1 ? daemons.front().config : std::nullopt;
} catch (const std::exception&) {  // sockets may be denied
  return std::nullopt;
}

}  // namespace tierwatch
