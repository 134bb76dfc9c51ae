// SPDX-License-Identifier: MIT
#include "exporters/load_import/json_events.h"

#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

namespace tierwatch {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kDeepest = 64;

class PathTeller : public nlohmann::json_sax<Json> {
 public:
  explicit PathTeller(JsonListener& listener) : listener_(listener) {}

  bool null() override { return true; }
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

 private:
  struct Level {
    std::size_t length;  ///< of the path that leads to it
    bool array;
  };

  bool tell(const JsonScalar& value) {
    listener_.on_value(path_, value);
    return true;
  }
  bool enter(bool array) {
    if (levels_.size() == kDeepest) {
      fault = "nested deeper than " + std::to_string(kDeepest);
      return false;
    }
    levels_.push_back({path_.size(), array});
    if (array) path_ += "/*";
    return true;
  }
  void leave() {
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
  std::array<char, 64 * 1024> bytes;
  std::size_t at = 0, size = 0;
  bool fill() {
    at = 0;
    size = source.read(bytes.data(), bytes.size());
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

std::optional<JsonFault> fault_of(bool whole, const PathTeller& teller) {
  if (teller.fault) return JsonFault{*teller.fault};
  return whole ? std::nullopt : std::optional(JsonFault{"not JSON"});
}

}  // namespace

std::optional<JsonFault> listen_to_json(std::string_view document, JsonListener& listener) {
  PathTeller teller(listener);
  const bool whole = Json::sax_parse(document.begin(), document.end(), &teller);
  return fault_of(whole, teller);
}

std::optional<JsonFault> listen_to_json(ByteSource& source, JsonListener& listener) {
  PathTeller teller(listener);
  SourceBuffer buffer{source, {}};
  const bool whole = Json::sax_parse(SourceIterator(buffer), SourceIterator(), &teller);
  return fault_of(whole, teller);
}

}  // namespace tierwatch
