// SPDX-License-Identifier: MIT
#include "exporters/json/json_value.h"

#include <stdexcept>

namespace tierwatch {
namespace {

const char* type_name(JsonValue value) {
  switch (value.type()) {
    case simdjson::dom::element_type::ARRAY:
      return "array";
    case simdjson::dom::element_type::OBJECT:
      return "object";
    case simdjson::dom::element_type::STRING:
      return "string";
    case simdjson::dom::element_type::BOOL:
      return "boolean";
    case simdjson::dom::element_type::NULL_VALUE:
      return "null";
    default:
      return "number";
  }
}

template <typename T>
T get(JsonValue value, const JsonPlace& where, const char* expected) {
  T found{};
  if (value.get(found) != simdjson::SUCCESS) refuse_type(value, where, expected);
  return found;
}

}  // namespace

std::string JsonPlace::text() const {
  const std::string before = outer ? outer->text() : "";
  if (index != kNoIndex) return before + "[" + std::to_string(index) + "]";
  return before + (before.empty() || name.empty() ? "" : ".") + std::string(name);
}

void refuse(const JsonPlace& where, const std::string& what) {
  throw std::invalid_argument("snapshot: " + where.text() + ": " + what);
}

void refuse_type(JsonValue value, const JsonPlace& where, const char* expected) {
  refuse(where, std::string("expected ") + expected + ", found " + type_name(value));
}

JsonValue parse_json(JsonParser& parser, std::string_view text) {
  JsonValue document;
  const auto error = parser.parse(text.data(), text.size()).get(document);
  if (error == simdjson::SUCCESS) return document;
  throw std::invalid_argument(std::string("snapshot: not JSON: ") + simdjson::error_message(error));
}

bool find_field(JsonObject object, std::string_view name, JsonValue& found) {
  return object.at_key(name).get(found) == simdjson::SUCCESS && !found.is_null();
}

JsonObject object_in(JsonValue value, const JsonPlace& where) {
  return get<JsonObject>(value, where, "an object");
}

JsonArray array_in(JsonValue value, const JsonPlace& where) {
  return get<JsonArray>(value, where, "a list");
}

std::string_view text_in(JsonValue value, const JsonPlace& where) {
  return get<std::string_view>(value, where, "a string");
}

char letter_in(JsonValue value, const JsonPlace& where) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS || text.size() != 1)
    refuse_type(value, where, "one letter");
  return text[0];
}

bool truth_in(JsonValue value, const JsonPlace& where) {
  return get<bool>(value, where, "true or false");
}

double number_in(JsonValue value, const JsonPlace& where) {
  return get<double>(value, where, "a number");
}

}  // namespace tierwatch
