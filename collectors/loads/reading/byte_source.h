// SPDX-License-Identifier: MIT
//
// The bytes of a file, in order, gunzipped where it is gzip (byte_source.cpp is one of zlib's two
// includers).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tierwatch {

/// Reads a file once, from begin to end. Throws ImportError when it cannot be opened or read, or
/// when its gzip data are damaged.
class ByteSource {
 public:
  using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

  explicit ByteSource(const std::filesystem::path& file, Progress progress = {});
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// As messages call it: the file's, or "standard input".
  const std::string& name() const { return name_; }
  /// The first bytes, at most 64 KiB of them; they are still read() afterwards. Of a text whose
  /// lines end in returns alone, as on old Macs, returns are line feeds, here and in what read()
  /// gives.
  std::string_view head() const { return head_; }
  /// Puts up to `size` bytes at `into`; 0 at the end.
  std::size_t read(char* into, std::size_t size);
  /// The end was reached inside a gzip member: the file is cut or still being written.
  bool cut() const { return cut_; }

 private:
  struct Gunzip;
  std::size_t read_file(char* into, std::size_t size);
  std::size_t read_gzip(char* into, std::size_t size);
  bool refill_gzip();
  void begin_gzip();

  std::string name_;
  Progress progress_;
  int fd_ = -1;
  std::uint64_t done_ = 0, total_ = 0;
  std::unique_ptr<Gunzip> gunzip_;
  std::string head_;
  std::size_t head_given_ = 0;
  bool cut_ = false, lone_returns_ = false;
};

}  // namespace tierwatch
