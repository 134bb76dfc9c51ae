// SPDX-License-Identifier: MIT
#include "collectors/loads/reading/json_events.h"

#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

namespace tierwatch {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kDeepest = 64;
constexpr std::size_t kLongestToken = 1024 * 1024;

class PathTeller : public nlohmann::json_sax<Json> {
 public:
  explicit PathTeller(JsonListener& listener) : listener_(listener) {}

  bool null() override {
    ++events;
    return true;
  }
  bool boolean(bool value) override { return tell({.truth = value}); }
  bool number_integer(number_integer_t value) override {
    return tell({.number = static_cast<double>(value)});
  }
  bool number_unsigned(number_unsigned_t value) override {
    return tell({.number = static_cast<double>(value)});
  }
  bool number_float(number_float_t value, const string_t&) override {
    return tell({.number = value});
  }
  bool string(string_t& value) override { return tell({.text = value}); }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(false); }
  bool start_array(std::size_t) override { return enter(true); }
  bool key(string_t& name) override {
    path_.resize(levels_.back().length);
    path_ += '/';
    path_ += name;
    ++events;
    return true;
  }
  bool end_object() override {
    leave();
    listener_.on_object_end(path_);
    return true;
  }
  bool end_array() override {
    leave();
    return true;
  }
  bool parse_error(std::size_t at, const std::string&, const Json::exception&) override {
    fault = "not JSON at byte " + std::to_string(at);
    return false;
  }

  std::optional<std::string> fault;
  std::uint64_t events = 0;

 private:
  struct Level {
    std::size_t length;  ///< of the path that leads to it
    bool array;
  };

  bool tell(const JsonScalar& value) {
    ++events;
    listener_.on_value(path_, value);
    return true;
  }
  bool enter(bool array) {
    ++events;
    if (levels_.size() == kDeepest) {
      fault = "nested deeper than " + std::to_string(kDeepest);
      return false;
    }
    levels_.push_back({path_.size(), array});
    if (array) path_ += "/*";
    return true;
  }
  void leave() {
    ++events;
    path_.resize(levels_.back().length);
    levels_.pop_back();
  }

  JsonListener& listener_;
  std::string path_;
  std::vector<Level> levels_;
};

/// The bytes of a source as nlohmann wants them: a pair of input iterators.
struct SourceBuffer {
  ByteSource& source;
  const std::uint64_t& events;  ///< told so far
  std::array<char, 64 * 1024> bytes;
  std::size_t at = 0, size = 0, silent = 0;  ///< bytes read since the last event
  std::uint64_t seen = 0;
  bool too_long = false;
  /// A parser that reads on and on without an event has a token in its hands that never ends.
  bool fill() {
    if (events != seen) silent = 0;
    seen = events;
    at = 0;
    size = silent > kLongestToken ? 0 : source.read(bytes.data(), bytes.size());
    too_long = silent > kLongestToken;
    silent += size;
    return size > 0;
  }
};

class SourceIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  SourceIterator() = default;
  explicit SourceIterator(SourceBuffer& buffer) : buffer_(buffer.fill() ? &buffer : nullptr) {}
  reference operator*() const { return buffer_->bytes[buffer_->at]; }
  SourceIterator& operator++() {
    if (++buffer_->at == buffer_->size && !buffer_->fill()) buffer_ = nullptr;
    return *this;
  }
  bool operator==(const SourceIterator& other) const { return buffer_ == other.buffer_; }
  bool operator!=(const SourceIterator& other) const { return buffer_ != other.buffer_; }

 private:
  SourceBuffer* buffer_ = nullptr;  ///< null at the end
};

/// Where the document that begins with text[at] ends; npos: it does not.
std::size_t end_of_document(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted && c == '\\') {
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '{' || c == '[')) {
      ++depth;
    } else if (!quoted && (c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
  }
  return text.npos;
}

/// Whether more than blanks and zero bytes follow.
bool more_follows(SourceBuffer& buffer) {
  constexpr std::string_view kNothing{" \t\r\n\0", 5};
  do {
    const std::string_view rest(buffer.bytes.data() + buffer.at, buffer.size - buffer.at);
    if (rest.find_first_not_of(kNothing) != rest.npos) return true;
  } while (buffer.fill());
  return false;
}

std::optional<JsonFault> fault_of(bool whole, const PathTeller& teller) {
  if (teller.fault) return JsonFault{*teller.fault};
  return whole ? std::nullopt : std::optional(JsonFault{"not JSON"});
}

}  // namespace

std::vector<std::string_view> json_documents(std::string_view text) {
  std::vector<std::string_view> documents;
  for (std::size_t at = 0; (at = text.find('{', at)) != text.npos;) {
    const std::size_t end = end_of_document(text, at);
    documents.push_back(text.substr(at, end == text.npos ? end : end - at));
    if (end == text.npos) break;
    at = end;
  }
  if (documents.empty()) documents.push_back(text);
  return documents;
}

std::vector<std::string_view> documents_of_line(std::string_view line) {
  if (line.find("}{") == line.npos) return {line};
  return json_documents(line);
}

std::optional<JsonFault> listen_to_json(std::string_view document, JsonListener& listener) {
  PathTeller teller(listener);
  const bool whole = Json::sax_parse(document.begin(), document.end(), &teller);
  return fault_of(whole, teller);
}

std::optional<JsonFault> listen_to_json(ByteSource& source, JsonListener& listener) {
  PathTeller teller(listener);
  SourceBuffer buffer{source, teller.events, {}};
  const bool whole = Json::sax_parse(SourceIterator(buffer), SourceIterator(), &teller,
                                     Json::input_format_t::json, false);
  if (buffer.too_long)
    return JsonFault{"a string or number of more than 1 MiB, which no load generator writes"};
  if (auto fault = fault_of(whole, teller))
    return JsonFault{fault->what + "; is the file cut, or still being written?"};
  if (more_follows(buffer))
    return JsonFault{
        "another document begins behind the first one; give each as a file of its own"};
  return std::nullopt;
}

}  // namespace tierwatch
