// SPDX-License-Identifier: MIT
#include "collectors/host/network_links.h"

#include <algorithm>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

// face |bytes packets errs drop fifo frame compressed multicast|bytes …
std::optional<LinkReading> parse_link(std::string_view line) {
  constexpr int kBetween = 7;
  while (line.starts_with(' ')) line.remove_prefix(1);
  LinkReading link{.name = std::string(take_until(line, ':'))};
  const auto received = take_number<std::uint64_t>(line);
  for (int i = 0; i < kBetween; ++i) take_field(line);
  const auto sent = take_number<std::uint64_t>(line);
  if (link.name.empty() || !received || !sent) return std::nullopt;
  link.received_bytes = *received;
  link.sent_bytes = *sent;
  return link;
}

}  // namespace

std::optional<std::vector<LinkReading>> parse_net_dev(std::string_view text) {
  if (!text.ends_with('\n')) return std::nullopt;
  take_until(text, '\n');
  take_until(text, '\n');
  std::vector<LinkReading> links;
  while (!text.empty()) {
    auto link = parse_link(take_until(text, '\n'));
    if (!link) return std::nullopt;
    links.push_back(*std::move(link));
  }
  return links;
}

std::map<std::string, std::uint64_t> read_link_speeds(const ProcFs& files) {
  std::map<std::string, std::uint64_t> speeds;
  Fault why{};
  std::string buffer;
  for (const std::string& name :
       files.list("sys/class/net", why).value_or(std::vector<std::string>{})) {
    const std::string folder = "sys/class/net/" + name;
    if (!files.status((folder + "/device").c_str(), why)) continue;
    const FileText text = files.read(folder + "/speed", buffer);  // EINVAL of one that is down
    const auto speed = text ? to_number<std::uint64_t>(trim_blanks(text.text)) : std::nullopt;
    if (speed.value_or(0) > 0) speeds.emplace(name, *speed);  // "-1": not known
  }
  return speeds;
}

std::vector<LinkReading> NetworkLinks::collect(nanoseconds now) {
  for (Speeds& speeds : side_.take(now)) speeds_ = std::move(speeds);
  if (now >= due_ && !side_.is_busy()) {
    due_ = now + kInterval;
    side_.add({ProcessId{}, [files = files_] { return read_link_speeds(files); }});
  }
  if (speeds_.empty()) return {};
  const FileText text = files_.read("proc/net/dev", buffer_);
  auto links = text ? parse_net_dev(text.text) : std::nullopt;
  if (!links) {
    const Fault fault = text.fault.value_or(Fault::kMalformed);
    if (fault != Fault::kGone) faults_.count("net/dev", fault);
    return {};
  }
  constexpr std::uint64_t kMega = 1'000'000;
  std::erase_if(*links, [&](const LinkReading& one) { return !speeds_.contains(one.name); });
  for (LinkReading& link : *links) link.bits_per_second = speeds_[link.name] * kMega;
  std::ranges::sort(*links, {}, &LinkReading::name);
  return *std::move(links);
}

}  // namespace tierwatch
