// SPDX-License-Identifier: MIT
//
// Gatling's simulation.log since 3.13: records of big-endian numbers. A string is an int32 of
// bytes, the bytes, and, unless it is empty, a byte that tells its encoding. A cached string is a
// positive index with a string behind it, or the negated index of one that came before.
#include <array>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/series/request_tally.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

/// Thrown where the file ends inside a record.
struct EndOfFile {};

class GatlingBinary {
 public:
  explicit GatlingBinary(ImportInput& input) : input_(input) {}

  LoadSeries read() {
    LoadSeries series;
    try {
      read_run();
    } catch (const EndOfFile&) {
      input_.refuse("ends inside its first record; was the test started?");
    }
    try {
      while (read_record()) ++records_;
    } catch (const EndOfFile&) {
      series.warnings.push_back(
          "the last record has no end and is left out: the file is still being written, or was "
          "cut");
    }
    if (zeros_)
      series.warnings.push_back("behind record " + std::to_string(records_) +
                                " there are zero bytes only, as a crash leaves them: records that "
                                "were to stand there are lost");
    tally_.write_to(series, true);
    return series;
  }

 private:
  bool refill() {
    at_ = 0;
    size_ = input_.source.read(buffer_.data(), buffer_.size());
    return size_ > 0;
  }
  std::uint8_t byte() {
    if (at_ == size_ && !refill()) throw EndOfFile{};
    return static_cast<std::uint8_t>(buffer_[at_++]);
  }
  std::int32_t int32() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | byte();
    return static_cast<std::int32_t>(value);
  }
  std::int64_t int64() {
    const auto high = static_cast<std::uint64_t>(static_cast<std::uint32_t>(int32()));
    return static_cast<std::int64_t>(high << 32 | static_cast<std::uint32_t>(int32()));
  }
  std::int32_t count() {
    constexpr std::int32_t kMost = 4 * 1024 * 1024;
    const std::int32_t value = int32();
    if (value < 0 || value > kMost) refuse("a length of " + std::to_string(value));
    return value;
  }
  void skip(std::int32_t bytes) {
    for (; bytes > 0; --bytes) byte();
  }
  std::string string() {
    std::string text(static_cast<std::size_t>(count()), '\0');
    for (char& c : text) c = static_cast<char>(byte());
    if (!text.empty()) byte();
    return text;
  }
  void skip_cached_string() {
    if (int32() >= 0) string();
  }
  void skip_groups() {
    for (std::int32_t i = count(); i > 0; --i) skip_cached_string();
  }
  [[noreturn]] void refuse(const std::string& what) const {
    input_.refuse("record " + std::to_string(records_) + " cannot be read (" + what +
                  "); is the file damaged, or of a Gatling newer than 3.14?");
  }

  void read_run() {
    byte();
    const std::string version = string();
    string();  // class
    start_ = milliseconds(int64());
    string();                                                  // description
    for (std::int32_t i = count(); i > 0; --i) string();       // scenarios
    for (std::int32_t i = count(); i > 0; --i) skip(count());  // assertions
    if (start_.count() < 0 || start_.count() > 8'000'000'000'000)
      refuse("it begins at " + std::to_string(start_.count()) + " ms since 1970");
  }

  /// To the end of the file.
  bool only_zeros_follow() {
    do {
      while (at_ < size_)
        if (buffer_[at_++] != '\0') return false;
    } while (refill());
    return zeros_ = true;
  }

  bool read_record() {
    if (at_ == size_ && !refill()) return false;
    switch (const int kind = byte(); kind) {
      case 1:
        read_request();
        return true;
      case 2:
        read_user();
        return true;
      case 3:
        skip_groups();
        skip(4 + 4 + 4 + 1);  // begin, end, cumulated time, status
        return true;
      case 4:
        skip_cached_string();
        skip(4);
        return true;
      case 0:
        if (only_zeros_follow()) return false;
        [[fallthrough]];
      default:
        refuse("of kind " + std::to_string(kind));
    }
  }
  void read_request() {
    skip_groups();
    skip_cached_string();
    const milliseconds begin(int32()), end(int32());
    const bool ok = byte() != 0;
    skip_cached_string();
    if (const char* problem = tally_.add({start_ + begin, start_ + end, !ok})) refuse(problem);
  }
  void read_user() {
    int32();  // scenario
    const bool starts = byte() != 0;
    const milliseconds at(int32());
    if (const char* problem = tally_.step_users(start_ + at, starts ? 1 : -1)) refuse(problem);
  }

  ImportInput& input_;
  std::array<char, 64 * 1024> buffer_;
  std::size_t at_ = 0, size_ = 0;
  std::uint64_t records_ = 1;
  bool zeros_ = false;  ///< what follows the last record
  milliseconds start_{};
  RequestTally tally_{RequestTally::Users::kSteps};
};

bool looks_like_gatling_binary(std::string_view head) {
  constexpr std::string_view kRunWithShortString{"\0\0\0\0", 4};
  return head.size() > 7 && head.starts_with(kRunWithShortString) && head[4] < 32 &&
         head.substr(5).starts_with("3.");
}

LoadSeries read_gatling_binary(ImportInput& input) { return GatlingBinary(input).read(); }

}  // namespace

const LoadFormat kGatlingBinary{"gatling", "binary simulation.log", looks_like_gatling_binary,
                                read_gatling_binary};

}  // namespace tierwatch
