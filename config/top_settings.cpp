// SPDX-License-Identifier: MIT
#include "config/top_settings.h"

#include <fcntl.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "config/own_file.h"
#include "config/toml_depth.h"

namespace tierwatch {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
  throw std::runtime_error(path.string() + ": " + what);
}

std::vector<std::string> texts_in(const toml::table& table, const char* key) {
  std::vector<std::string> texts;
  const toml::array* array = table[key].as_array();
  if (!array) return texts;
  for (const toml::node& node : *array)
    if (const auto text = node.value<std::string>()) texts.push_back(*text);
  return texts;
}

toml::array array_of(const std::vector<std::string>& texts) {
  toml::array array;
  for (const std::string& text : texts) array.push_back(text);
  return array;
}

}  // namespace

std::optional<std::filesystem::path> top_settings_path() {
  const auto directory = [](const char* variable) -> std::filesystem::path {
    const char* value = std::getenv(variable);
    // The XDG Base Directory Specification: relative paths are to be ignored.
    return value && value[0] == '/' ? value : "";
  };
  if (const auto config = directory("XDG_CONFIG_HOME"); !config.empty())
    return config / "tierwatch" / "top.toml";
  if (const auto home = directory("HOME"); !home.empty())
    return home / ".config" / "tierwatch" / "top.toml";
  return std::nullopt;
}

TopSettings parse_top_settings(std::string_view text) {
  if (const auto at = too_deep(text))
    throw std::runtime_error("line " + std::to_string(at->line) + ": nested too deep");
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw std::runtime_error("line " + std::to_string(error.source().begin.line) + ": " +
                             std::string(error.description()));
  }
  TopSettings settings;
  settings.sort = table["sort"].value_or(std::string());
  settings.palette = table["palette"].value_or(std::string());
  settings.inverted = table["inverted"].value_or(false);
  settings.tree = table["tree"].value_or(false);
  settings.columns = texts_in(table, "columns");
  settings.hidden_columns = texts_in(table, "hidden_columns");
  return settings;
}

TopSettings load_top_settings(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return {};
  const OwnFile file = read_own_file(path);
  if (!file.problem.empty()) refuse(path, "cannot be read: " + file.problem);
  try {
    return parse_top_settings(file.text);
  } catch (const std::runtime_error& problem) {
    refuse(path, problem.what());
  }
}

std::string to_toml(const TopSettings& settings) {
  toml::table table;
  if (!settings.sort.empty()) table.insert("sort", settings.sort);
  if (!settings.palette.empty()) table.insert("palette", settings.palette);
  table.insert("inverted", settings.inverted);
  table.insert("tree", settings.tree);
  if (!settings.columns.empty()) table.insert("columns", array_of(settings.columns));
  table.insert("hidden_columns", array_of(settings.hidden_columns));
  std::ostringstream text;
  text << "# Written by tierwatch top when it ends.\n" << table << "\n";
  return text.str();
}

void save_top_settings(const std::filesystem::path& path, const TopSettings& settings) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) refuse(path.parent_path(), error.message());
  // A file of its own with a name that nobody can have ready: with `sudo -E` this is root, in a
  // directory of somebody else.
  std::string next = path.string() + ".XXXXXX";
  const int file = mkostemp(next.data(), O_CLOEXEC);
  if (file < 0) refuse(path, std::string("cannot be written: ") + std::strerror(errno));
  const std::string text = to_toml(settings);
  const ssize_t written = write(file, text.data(), text.size());
  const bool whole = written == static_cast<ssize_t>(text.size());
  const std::string why = std::strerror(written < 0 ? errno : ENOSPC);
  close(file);
  if (whole) std::filesystem::rename(next, path, error);
  if (whole && !error) return;
  std::filesystem::remove(next);
  refuse(path, whole ? error.message() : "cannot be written: " + why);
}

}  // namespace tierwatch
