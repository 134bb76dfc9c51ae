// SPDX-License-Identifier: MIT
//
// JSON as a stream of values with the path that leads to them, so that a document of any size takes
// no memory (json_events.cpp is one of nlohmann-json's two includers).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/loads/reading/byte_source.h"

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
  virtual void on_object_end(std::string_view) {}
};

/// Where a document stops being JSON: what the parser says.
struct JsonFault {
  std::string what;
};

/// The documents of a text that holds several, one after the other, each from its brace on; what
/// stands between them is left out. At least one: the text itself, where there is no brace.
std::vector<std::string_view> json_documents(std::string_view text);

/// The same of a line that should hold one: two that were written at the same time may stand in it.
std::vector<std::string_view> documents_of_line(std::string_view line);

/// Tells one document. Absent: it was whole. Documents nested deeper than 64 are faults.
std::optional<JsonFault> listen_to_json(std::string_view document, JsonListener& listener);
/// The same, from a file that need not fit into memory: a string or number of more than 1 MiB is a
/// fault, and so is another document behind the first; blanks and zero bytes are none. What is said
/// has what to do in it.
std::optional<JsonFault> listen_to_json(ByteSource& source, JsonListener& listener);

}  // namespace tierwatch
