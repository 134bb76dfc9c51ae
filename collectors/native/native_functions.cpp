// SPDX-License-Identifier: MIT
#include "collectors/native/native_functions.h"

#include "collectors/text/format.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostPlaces = 1'000'000;

std::string_view last_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

PythonFunction function_at(const CodePoint& point) {
  if (point.code == nullptr) return {.name = std::string(kMadeAtRunTime), .file = "<generated>"};
  const std::string& path = point.code->path;
  if (!point.file) return {.name = "(" + std::string(last_name(path)) + ")", .file = path};
  CodeName name = point.file->name_at(point.address);
  if (name.function.empty()) name.function = nameless_function(path, name.start);
  return {.name = std::move(name.function), .file = path};
}

}  // namespace

std::string nameless_function(std::string_view path, std::uint64_t start) {
  return formatted("{}+{:#x}", last_name(path), start);
}

bool is_nameless(const PythonFunction& function) {
  return function.name.starts_with(std::string(last_name(function.file)) + "+0x");
}

std::uint32_t NativeFunctions::number(PythonFunction function) {
  if (const auto known = numbers_.find(function); known != numbers_.end()) return known->second;
  if (all_.size() >= kMostFunctions) function = {.name = "(other functions)", .file = "<others>"};
  const auto [entry, fresh] =
      numbers_.try_emplace(std::move(function), static_cast<std::uint32_t>(all_.size()));
  if (fresh) all_.push_back(entry->first);
  return entry->second;
}

std::uint32_t NativeFunctions::at(const CodePoint& point) {
  if (!point.file) return number(function_at(point));
  auto& places = known_[point.file.get()];
  if (places.empty()) kept_.push_back(point.file);
  if (const auto known = places.find(point.address); known != places.end()) return known->second;
  const std::uint32_t found = number(function_at(point));
  if (++places_ <= kMostPlaces) places.emplace(point.address, found);
  return found;
}

}  // namespace tierwatch
