// SPDX-License-Identifier: MIT
#include "collectors/process/title_reader.h"

#include "collectors/parse/proc_text_process.h"

namespace tierwatch {

bool TitleReader::is_trusted(std::optional<uid_t> uid, std::string_view cgroup) {
  if (uid == 0 || cgroup.starts_with("/system.slice/")) return true;
  return uid && !is_login_user(*uid) && !cgroup.starts_with("/user.slice/");
}

std::optional<std::string> TitleReader::read(const ProcessId& process, bool trusted,
                                             std::string& buffer) {
  const std::string path = process_path(process.pid, "cmdline");
  if (trusted) {
    const FileText text = files_.read(path, buffer, kMaxTitleBytes);
    return text ? std::optional(parse_cmdline(text.text)) : std::nullopt;
  }
  if (waited_ >= kPatienceOfTick || stuck_.contains(process)) return std::nullopt;
  const auto before = std::chrono::steady_clock::now();
  const auto bytes = aside_.run(
      [files = files_, path] {
        std::string own;
        const FileText text = files.read(path, own, kMaxTitleBytes);
        return text ? "+" + std::string(text.text) : std::string();
      },
      kPatience);
  waited_ += std::chrono::steady_clock::now() - before;
  if (!bytes && stuck_.size() < Aside::kMostStuck) stuck_.insert(process);
  if (!bytes || bytes->empty()) return std::nullopt;
  return parse_cmdline(std::string_view(*bytes).substr(1));
}

}  // namespace tierwatch
