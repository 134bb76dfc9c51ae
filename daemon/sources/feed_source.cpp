// SPDX-License-Identifier: MIT
#include "daemon/sources/feed_source.h"

#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "collectors/text/printable_text.h"
#include "daemon/feeds/remote_feed.h"
#include "daemon/sources/password_prompt.h"

namespace tierwatch {
namespace {

/// Why there is no feed from a daemon.
struct NoDaemon {
  std::string problem;
  bool nobody_there = false;
};

std::unique_ptr<TopFeed> attached(const RemoteOptions& remote, NoDaemon& why) {
  auto feed = make_remote_feed(remote);
  const FeedNews news = feed->sample();
  if (news.snapshot) return make_remote_feed(remote);  // which has not told this one yet
  why = {(remote.unix_socket.empty() ? remote.url : remote.unix_socket) + ": " + news.trouble,
         news.nobody_there};
  return nullptr;
}

/// The password comes from the environment, or ~/.netrc, or whoever sits at the terminal.
RemoteOptions remote_options(const SourceOptions& options) {
  RemoteOptions remote{
      .url = options.url, .ca_file = options.ca_file, .insecure = options.insecure};
  const std::string user = user_of(options.url);
  if (user.empty()) return remote;
  if (const char* password = std::getenv("TIERWATCH_PASSWORD"))
    remote.password = password;
  else if (wants_password(remote))
    remote.password = ask_password("Password of " + user + ": ");
  return remote;
}

}  // namespace

std::unique_ptr<TopFeed> choose_feed(const SourceOptions& options, Stay stay) {
  if (!options.url.empty()) return make_remote_feed(remote_options(options));
  const auto named = options.config ? std::optional(load_config(*options.config)) : std::nullopt;
  std::string silent;
  if (!options.standalone) {
    NoDaemon first, second;
    auto feed = attached({.unix_socket = kDaemonSocket}, first);
    if (!feed) feed = attached({.url = kDaemonUrl, .anonymous = true}, second);
    if (feed && named && !options.attach)
      std::cerr << told_line(
          "the daemon answers, by its own configuration: --standalone samples by " +
          options.config->string());
    if (feed) return feed;
    if (options.attach)
      throw std::runtime_error("no daemon to attach to: " + first.problem + "; " + second.problem);
    for (const NoDaemon& one : {first, second}) {
      if (one.nobody_there) continue;
      std::cerr << told_line(one.problem);
      silent = "no daemon could be attached to";
    }
  }
  Config config = named ? *named : load_config_or_default(std::nullopt);
  config.sampling.source = source_for(config.sampling.source, stay);
  return make_local_feed(std::move(config), silent);
}

}  // namespace tierwatch
