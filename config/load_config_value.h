// SPDX-License-Identifier: MIT
//
// One value of the configuration as toml++ read it, and how tables of keys are walked (toml++ is
// known in load_config*.cpp only).
#pragma once

#include <toml++/toml.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"
#include "config/values.h"

namespace tierwatch {

inline Position position(const toml::source_region& source) {
  return {source.begin.line, source.begin.column, source.path};
}

inline std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a point";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

/// One value of the file: reads itself as what the key wants, or says what is wrong.
struct Value {
  const toml::node& node;
  std::string_view key;
  Problems& problems;

  Position at() const { return position(node.source()); }
  void wrong(const std::string& what) const { problems.add(at(), std::string(key) + ": " + what); }
  void expected(std::string_view what) const {
    wrong("expected " + std::string(what) + ", found " + std::string(kind_of(node)));
  }

  template <class Type>
  std::optional<Type> as(std::string_view what) const {
    const auto value = node.value_exact<Type>();
    if (!value) {
      expected(what);
      return std::nullopt;
    }
    if constexpr (std::is_same_v<Type, std::string>) {
      if (value->find('\0') != std::string::npos) {  // the C library would take what is before it
        wrong("a string with a zero byte");
        return std::nullopt;
      }
    }
    return *value;
  }
  void read(bool& into) const { into = as<bool>("true or false").value_or(into); }
  void read(std::optional<bool>& into) const {
    if (const auto value = as<bool>("true or false")) into = *value;
  }
  void read(std::string& into) const { into = as<std::string>("a string").value_or(into); }
};

inline void read_duration(const Value& value, std::chrono::milliseconds least,
                          std::chrono::milliseconds most, std::chrono::milliseconds& into) {
  const auto text = value.as<std::string>("a duration such as \"1s\" or \"200ms\"");
  if (!text) return;
  const auto duration = parse_duration(*text);
  if (!duration) {
    return value.wrong(quote(*text) +
                       " is not a valid duration; write a whole number and ms, s, m, h or d, "
                       "such as \"200ms\" or \"1s\"");
  }
  if (*duration < least || *duration > most) {
    return value.wrong(quote(*text) + " is out of range; it may be " + format_duration(least) +
                       " to " + format_duration(most));
  }
  into = *duration;
}

/// Calls `use` with each element of a list.
template <class Use>
void for_each_element(const Value& value, std::string_view what, Use use) {
  const toml::array* list = value.node.as_array();
  if (!list) return value.expected(what);
  for (const toml::node& element : *list) use(Value{element, value.key, value.problems});
}

/// A key and how it is read into the thing it configures.
template <class Target>
struct Key {
  std::string_view name;
  void (*read)(const Value&, Target&);
};

/// Their names, each behind `prefix`.
template <class Target>
std::vector<std::string> key_names(std::string_view prefix, std::span<const Key<Target>> keys) {
  std::vector<std::string> names;
  for (const Key<Target>& key : keys) names.push_back(std::string(prefix).append(key.name));
  return names;
}

template <class Target>
void read_table(const Value& value, std::span<const Key<Target>> keys, Target& target) {
  const toml::table* table = value.node.as_table();
  if (!table) return value.expected("a table");
  for (const auto& [name, node] : *table) {
    const auto found = std::ranges::find(keys, name.str(), &Key<Target>::name);
    if (found != keys.end()) {
      found->read({node, found->name, value.problems}, target);
      continue;
    }
    std::vector<std::string_view> names;
    for (const Key<Target>& key : keys) names.push_back(key.name);
    std::string text = "unknown key " + quote(name.str());
    if (!value.key.empty()) text += " in [" + std::string(value.key) + "]";
    if (const auto near = nearest(name.str(), names)) {
      text += "; did you mean " + quote(*near) + "?";
    } else {
      text += "; there are";
      for (const std::string_view known : names) text.append(" ").append(known);
    }
    value.problems.add(position(name.source()), text);
  }
}

}  // namespace tierwatch
