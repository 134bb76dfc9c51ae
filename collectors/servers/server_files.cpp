// SPDX-License-Identifier: MIT
#include "collectors/servers/server_files.h"

#include <fnmatch.h>

namespace tierwatch {

std::vector<std::string> working_directory(ForeignFiles&, const ServerProcess&) { return {"."}; }

std::vector<std::string> read_conf_files(ForeignFiles& files, const std::string& path) {
  std::vector<std::string> names{path}, texts;
  if (path.ends_with('/')) {
    names.clear();
    for (const std::string& name : files.list(path).value_or(std::vector<std::string>{}))
      if (name.ends_with(".conf")) names.push_back(path + name);
  }
  for (const std::string& name : names)
    if (auto text = files.read(name)) texts.push_back(*std::move(text));
  return texts;
}

std::optional<std::vector<std::string>> read_matching(ForeignFiles& files,
                                                      const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = path.substr(0, slash + 1), name = path.substr(slash + 1);
  constexpr const char* kWild = "*?[";
  if (folder.find_first_of(kWild) != std::string::npos) return std::nullopt;
  std::vector<std::string> names{name}, texts;
  if (name.find_first_of(kWild) != std::string::npos) {
    names.clear();
    for (const std::string& one : files.list(folder).value_or(std::vector<std::string>{}))
      if (fnmatch(name.c_str(), one.c_str(), FNM_PERIOD) == 0) names.push_back(one);
  }
  for (const std::string& one : names) {
    auto text = files.read(folder + one);
    if (!text) return std::nullopt;
    texts.push_back(*std::move(text));
  }
  if (files.refused()) return std::nullopt;
  return texts;
}

}  // namespace tierwatch
