// SPDX-License-Identifier: MIT
//
// Values of a parsed JSON document, each taken out with what was expected and the place it stands
// at (simdjson's only includer: a view that is attached parses a document every second, and that
// was half of its cost with the library that writes them). All throw std::invalid_argument.
#pragma once

#include <simdjson.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tierwatch {

using JsonValue = simdjson::dom::element;  ///< valid as long as the parser it came from
using JsonObject = simdjson::dom::object;
using JsonArray = simdjson::dom::array;
using JsonParser = simdjson::dom::parser;

/// Where something stands in a document, as a chain on the stack: made into text only when it is
/// refused. Nothing but the outermost has neither name nor index.
struct JsonPlace {
  static constexpr auto kNoIndex = static_cast<std::size_t>(-1);

  const JsonPlace* outer = nullptr;
  std::string_view name{};
  std::size_t index = kNoIndex;

  std::string text() const;
};

/// Throws "snapshot: PLACE: WHAT".
[[noreturn]] void refuse(const JsonPlace& where, const std::string& what);

/// The document, which stands in `parser`.
JsonValue parse_json(JsonParser& parser, std::string_view text);

/// Whether the object has a field that is not null; `found` is set then.
bool find_field(JsonObject object, std::string_view name, JsonValue& found);

JsonObject object_in(JsonValue value, const JsonPlace& where);
JsonArray array_in(JsonValue value, const JsonPlace& where);
std::string_view text_in(JsonValue value, const JsonPlace& where);
char letter_in(JsonValue value, const JsonPlace& where);
bool truth_in(JsonValue value, const JsonPlace& where);
double number_in(JsonValue value, const JsonPlace& where);

[[noreturn]] void refuse_type(JsonValue value, const JsonPlace& where, const char* expected);

/// A whole number that T holds.
template <std::integral T>
T whole_in(JsonValue value, const JsonPlace& where) {
  std::int64_t whole = 0;
  if (value.get(whole) == simdjson::SUCCESS) {
    if (std::in_range<T>(whole)) return static_cast<T>(whole);
    refuse(where, "the number does not fit");
  }
  std::uint64_t large = 0;
  if (value.get(large) != simdjson::SUCCESS) refuse_type(value, where, "a whole number");
  if (!std::in_range<T>(large)) refuse(where, "the number does not fit");
  return static_cast<T>(large);
}

}  // namespace tierwatch
