// SPDX-License-Identifier: MIT
#include "collectors/process/visibility.h"

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

std::string_view option(std::string_view options, std::string_view name) {
  while (!options.empty()) {
    std::string_view value = take_until(options, ',');
    if (take_until(value, '=') == name) return value;
  }
  return {};
}

}  // namespace

std::string proc_mount_option(std::string_view mountinfo, std::string_view name) {
  std::string found;
  while (!mountinfo.empty()) {
    std::string_view line = take_until(mountinfo, '\n');
    for (int skipped = 0; skipped < 4; ++skipped) take_field(line);
    if (take_field(line) != "/proc") continue;
    // Optional fields end at a lone "-"; then come type, source and the options of the filesystem
    // itself.
    while (!line.empty() && take_field(line) != "-") {
    }
    if (take_field(line) != "proc") continue;
    take_field(line);
    found = option(take_field(line), name);  // the last mount lies on top
  }
  return found;
}

std::string parse_hidepid(std::string_view mountinfo) {
  const std::string hidden = proc_mount_option(mountinfo, "hidepid");
  return hidden == "0" || hidden == "off" ? "" : hidden;
}

std::vector<std::string> visibility_notes(const ProcFs& files) {
  std::string buffer;
  const FileText mounts = files.read("proc/self/mountinfo", buffer);
  if (!mounts) return {};
  const std::string hidepid = parse_hidepid(mounts.text);
  // Root and the group named by gid= see everything all the same: process 1 belongs to somebody
  // else and tells.
  if (hidepid.empty() || files.read("proc/1/stat", buffer)) return {};
  return {"/proc is mounted with hidepid=" + hidepid +
          ": processes of other users cannot be seen; remount it with hidepid=0, or with gid= and "
          "run tierwatch in that group"};
}

}  // namespace tierwatch
