// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "collectors/parse/directory_entries.h"
#include "config/config.h"
#include "config/own_file.h"

namespace tierwatch {
namespace {

constexpr std::string_view kDropInsOf = "tierwatch.toml";

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw ConfigError(path.string() + ": " + why);
}

std::string why_not(int error, std::string why) {
  if (error == EACCES)
    why += "; run this as root or as a member of the group tierwatch, or name another file";
  return why;
}

ConfigText read(const std::filesystem::path& path) {
  OwnFile file = read_own_file(path);
  if (!file.problem.empty()) refuse(path, "cannot be read: " + why_not(file.error, file.problem));
  return {path, std::move(file.text)};
}

/// Whoever may write there decides what the daemon does.
void check_owner(const std::filesystem::path& folder, const std::filesystem::path& file) {
  struct stat of_folder {};
  struct stat of_file {};
  if (stat(folder.c_str(), &of_folder) != 0 || of_folder.st_uid == 0) return;
  if (stat(file.c_str(), &of_file) == 0 && of_file.st_uid == of_folder.st_uid) return;
  refuse(folder, "belongs to somebody else than " + file.filename().string() +
                     " beside it; it must be root's, or of the same owner");
}

bool is_drop_in(std::string_view name) { return name.ends_with(".toml") && !name.starts_with('.'); }

std::vector<std::filesystem::path> listed(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  DIR* const directory = opendir(folder.c_str());
  if (!directory) {
    if (errno == ENOENT || errno == ENOTDIR) return found;
    refuse(folder, "cannot be read: " + why_not(errno, std::strerror(errno)));
  }
  const auto failed = for_each_entry(directory, [&](const dirent& entry) {
    if (is_drop_in(entry.d_name) && found.size() <= kMostDropIns)
      found.push_back(folder / entry.d_name);
  });
  closedir(directory);
  if (failed) refuse(folder, std::string("cannot be read: ") + std::strerror(*failed));
  if (found.size() > kMostDropIns)
    refuse(folder, "holds more than " + std::to_string(kMostDropIns) + " files");
  std::ranges::sort(found);
  return found;
}

Config load(std::vector<ConfigText> files, const std::vector<std::filesystem::path>& drop_ins) {
  for (const auto& path : drop_ins) files.push_back(read(path));
  return parse_config(files);
}

}  // namespace

std::vector<std::filesystem::path> drop_ins_of(const std::filesystem::path& path) {
  if (path.filename() != kDropInsOf) return {};
  const std::filesystem::path folder = path.parent_path() / "conf.d";
  std::vector<std::filesystem::path> found = listed(folder);
  if (!found.empty()) check_owner(folder, path);
  return found;
}

Config load_config(const std::filesystem::path& path) {
  return load({read(path)}, drop_ins_of(path));
}

bool has_default_config() {
  std::error_code error;  // a directory that may not be searched: load_config says so
  return std::filesystem::exists(kDefaultConfigPath, error) || error;
}

Config load_config_or_default(const std::optional<std::filesystem::path>& path) {
  if (path) return load_config(*path);
  if (has_default_config()) return load_config(kDefaultConfigPath);
  const auto drop_ins = drop_ins_of(kDefaultConfigPath);
  return drop_ins.empty() ? default_config() : load({}, drop_ins);
}

}  // namespace tierwatch
