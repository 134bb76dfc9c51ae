// SPDX-License-Identifier: MIT
#include "collectors/sockets/reading/descriptor_links.h"

#include <algorithm>
#include <tuple>

#include "collectors/text/text_scan.h"

namespace tierwatch {

std::optional<std::uint64_t> socket_inode(std::string_view link) {
  constexpr std::string_view kPrefix = "socket:[";
  if (!link.starts_with(kPrefix) || !link.ends_with(']')) return std::nullopt;
  link.remove_prefix(kPrefix.size());
  link.remove_suffix(1);
  return to_number<std::uint64_t>(link);
}

namespace {

bool is_sync_worker(const Membership& member, const TierRules& rules) {
  if (member.tier >= rules.tiers.size()) return false;
  const auto& roles = rules.tiers[member.tier].roles;
  return member.role < roles.size() && roles[member.role].kind == RoleKind::kSyncWorker;
}

constexpr int kNeverLookedAt = 0, kNotDue = 4;

}  // namespace

/// True when one of which something was known has left, or has become another or of another tier.
bool DescriptorLinks::note_processes(std::span<const ProcessReading> processes,
                                     const TierRules& rules) {
  bool changed = false;
  for (auto& [pid, known] : known_) known.listed = false;
  for (const ProcessReading& process : processes) {
    if (!process.member || process.state == 'Z') continue;
    Known& known = known_[process.id.pid];
    const Process now{process.id, *process.member};
    changed = changed || (known.looked_at && known.process != now);
    if (known.process.id != process.id) known = Known{};
    known.process = now;
    known.listed = true;
    known.sync_worker = is_sync_worker(*process.member, rules);
    known.of_root = process.uid == 0u;
    known.open_fds = process.open_fds;
    known.read_at = process.read_at;
  }
  const auto left = std::erase_if(known_, [](const auto& one) { return !one.second.listed; });
  return changed || left > 0;
}

/// A socket that is asked for again has been looked for, or will be.
void DescriptorLinks::note_missed(nanoseconds now) {
  std::ranges::sort(missed_);
  if (!std::ranges::includes(missed_before_, missed_)) newly_missed_at_ = now;
  missed_before_.swap(missed_);
  missed_.clear();
}

int DescriptorLinks::urgency(const Known& known, nanoseconds now) const {
  if (!known.looked_at) return kNeverLookedAt;
  if (known.denied) return now - known.at >= options_.denied_interval ? 3 : kNotDue;
  if (known.open_fds != known.open_fds_then) return 1;
  if (known.read_at == known.read_at_then) return kNotDue;
  const bool quiet = now - newly_missed_at_ > options_.quiet_after;
  if (!quiet && (known.sync_worker || known.of_root)) return 2;
  const auto interval = quiet ? options_.quiet_interval : options_.refresh_interval;
  return now - known.at >= interval ? 3 : kNotDue;
}

std::vector<std::string> DescriptorLinks::descriptors_of(Known& known) const {
  if (known.open_fds.value_or(0) > options_.links_per_process) {
    // Listing ten thousand descriptors takes the kernel 3 ms; asking for a missing one, 1 µs.
    std::vector<std::string> names;
    for (std::size_t fd = 0; fd < options_.links_per_process; ++fd)
      names.push_back(std::to_string(fd));
    return names;
  }
  Fault why{};
  auto names = files_.list(process_path(known.process.id.pid, "fd").c_str(), why);
  known.denied = !names && why == Fault::kDenied;
  return names ? std::move(*names) : std::vector<std::string>{};
}

std::size_t DescriptorLinks::look_at(Known& known, nanoseconds now) {
  known.looked_at = true;
  known.denied = false;
  known.at = now;
  known.open_fds_then = known.open_fds;
  known.read_at_then = known.read_at;
  known.inodes.clear();
  const auto names = descriptors_of(known);
  const FileDescriptor directory =
      files_.open_directory(process_path(known.process.id.pid, "fd").c_str());
  bool any = names.empty();
  for (const std::string& name : names) {
    const auto link = ProcFs::link(directory, name.c_str());
    any = any || link;
    if (const auto inode = link ? socket_inode(*link) : std::nullopt)
      known.inodes.push_back(*inode);
  }
  // With CAP_DAC_READ_SEARCH alone the directory opens but no link may be read (proc_pid_fd(5)).
  if (!any) known.denied = true;
  return names.size() + 1;
}

void DescriptorLinks::update(nanoseconds now, std::span<const ProcessReading> processes,
                             const TierRules& rules) {
  bool changed = note_processes(processes, rules);
  note_missed(now);
  struct Due {
    int urgency;
    nanoseconds at;
    pid_t pid;
    auto operator<=>(const Due&) const = default;
  };
  std::vector<Due> due;
  for (const auto& [pid, known] : known_)
    if (const int how = urgency(known, now); how < kNotDue) due.push_back({how, known.at, pid});
  std::sort(due.begin(), due.end());
  std::size_t links = 0;
  for (const Due& next : due) {
    if (links >= options_.links_per_update) break;
    if (next.urgency == kNeverLookedAt && links >= options_.first_links_per_update) continue;
    Known& known = known_[next.pid];
    const auto before = std::tuple(known.looked_at, known.denied, std::move(known.inodes));
    links += look_at(known, now);
    changed = changed || before != std::tie(known.looked_at, known.denied, known.inodes);
  }
  if (changed) index();
}

void DescriptorLinks::index() {
  holders_.clear();
  readable_.clear();
  denied_ = 0;
  std::vector<const Known*> readable;
  for (const auto& [pid, known] : known_) {
    if (known.denied)
      ++denied_;
    else if (known.looked_at)
      readable.push_back(&known);
  }
  std::sort(readable.begin(), readable.end(), [](const Known* left, const Known* right) {
    return left->process.id < right->process.id;
  });
  for (const Known* known : readable) {
    const auto process = static_cast<std::uint32_t>(readable_.size());
    readable_.push_back(known->process);
    for (const std::uint64_t inode : known->inodes) holders_.push_back({inode, process});
  }
  std::sort(holders_.begin(), holders_.end(), [](const Holder& left, const Holder& right) {
    return std::pair(left.inode, left.process) < std::pair(right.inode, right.process);
  });
}

std::span<const DescriptorLinks::Holder> DescriptorLinks::holders(std::uint64_t inode) const {
  struct ByInode {
    bool operator()(const Holder& holder, std::uint64_t wanted) const {
      return holder.inode < wanted;
    }
    bool operator()(std::uint64_t wanted, const Holder& holder) const {
      return wanted < holder.inode;
    }
  };
  if (inode == 0) return {};
  const auto range = std::equal_range(holders_.begin(), holders_.end(), inode, ByInode{});
  const bool can_be_found = !readable_.empty();
  if (range.first == range.second && can_be_found) missed_.push_back(inode);
  return {range.first, range.second};
}

}  // namespace tierwatch
