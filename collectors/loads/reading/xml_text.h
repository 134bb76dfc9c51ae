// SPDX-License-Identifier: MIT
//
// The bytes of an XML file without the characters that XML 1.0 forbids: JMeter writes what servers
// answered, and one such character would lose the whole file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "collectors/loads/reading/byte_source.h"

namespace tierwatch {

/// Reads through; blanks in front and zero bytes are left out, control characters, and references
/// to them as `&#x0;`, become question marks.
class XmlText {
 public:
  /// `source` must outlive it.
  explicit XmlText(ByteSource& source) : source_(source) {}
  /// As ByteSource::read(), with `size` of 64 and more.
  std::size_t read(char* into, std::size_t size);
  std::uint64_t replaced() const { return replaced_; }
  std::uint64_t zeros() const { return zeros_; }

 private:
  std::size_t read_whole(char* into, std::size_t size);
  std::size_t clean(char* text, std::size_t size);

  ByteSource& source_;
  std::string held_;  ///< the begin of a reference that the last read() cut
  std::uint64_t replaced_ = 0, zeros_ = 0;
  bool begun_ = false;  ///< past the blanks in front
};

}  // namespace tierwatch
