// SPDX-License-Identifier: MIT
//
// JSON as a stream of values with the path that leads to them, so that a document of any size takes
// no memory (json_events.cpp is one of nlohmann-json's two includers).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exporters/load_import/byte_source.h"

namespace tierwatch {

/// A string, a number or a truth value; null is not told.
struct JsonScalar {
  std::optional<std::string_view> text;  ///< valid during the call
  std::optional<double> number;
  std::optional<bool> truth;
};

/// What a document is told to. A path names keys after slashes, elements of arrays as `*`:
/// `/intermediate/*/counters/http.requests`; the document itself is the empty path.
class JsonListener {
 public:
  virtual ~JsonListener() = default;
  virtual void on_value(std::string_view path, const JsonScalar& value) = 0;
  /// An object ends, after all that is in it.
  virtual void on_object_end(std::string_view path) = 0;
};

/// Where a document stops being JSON: what the parser says.
struct JsonFault {
  std::string what;
};

/// Tells one document. Absent: it was whole. Documents nested deeper than 64 are faults.
std::optional<JsonFault> listen_to_json(std::string_view document, JsonListener& listener);
/// The same, from a file that need not fit into memory.
std::optional<JsonFault> listen_to_json(ByteSource& source, JsonListener& listener);

}  // namespace tierwatch
