// SPDX-License-Identifier: MIT
#include "collectors/loads/reading/byte_source.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include "collectors/loads/load_import.h"

namespace tierwatch {
namespace {

constexpr const char* kStandardInputWords = "standard input";
constexpr std::size_t kHeadBytes = 64 * 1024;
constexpr std::size_t kGzipChunkBytes = 256 * 1024;
constexpr int kGzipOnly = 15 + 16;  // window bits, plus 16 for a gzip header: see zlib.h

std::string reason(int error) { return std::generic_category().message(error); }

/// A text without any line feed, whose lines end all the same. What has zero bytes is none.
bool has_lone_returns(std::string_view head) {
  return head.find('\r') != head.npos && head.find('\n') == head.npos &&
         head.find('\0') == head.npos;
}

/// Made by pipe(2): somebody holds its other end, or its end is there.
bool is_open_pipe(int fd, const struct stat& facts) {
  struct statfs system {};
  return S_ISFIFO(facts.st_mode) && ::fstatfs(fd, &system) == 0 && system.f_type == PIPEFS_MAGIC;
}

/// Whoever gave it to us opened it: a FIFO and a socket are waited for as a pipe is.
int open_standard_input() {
  const int fd = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) throw ImportError(std::string(kStandardInputWords) + ": " + reason(errno));
  struct stat facts {};
  const bool known = ::fstat(fd, &facts) == 0;
  if (known && !S_ISCHR(facts.st_mode) && !S_ISBLK(facts.st_mode)) return fd;
  const bool terminal = ::isatty(fd) == 1;
  ::close(fd);
  throw ImportError(std::string(kStandardInputWords) +
                    (terminal ? ": it is a terminal; write < FILE, or name the file"
                              : ": it is no file and no pipe"));
}

/// Nothing that is waited for, as a FIFO is, and nothing without an end.
int open_for_reading(const std::string& name) {
  const int fd = ::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) throw ImportError(name + ": " + reason(errno));
  struct stat facts {};
  const bool known = ::fstat(fd, &facts) == 0;
  if (known && (S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode))) return fd;
  if (known && is_open_pipe(fd, facts) && ::fcntl(fd, F_SETFL, 0) == 0) return fd;
  ::close(fd);
  throw ImportError(name + ": it is not a regular file");
}

}  // namespace

struct ByteSource::Gunzip {
  z_stream stream{};
  std::vector<char> input = std::vector<char>(kGzipChunkBytes);
  bool in_member = false;  ///< past a member's header, before its end
  bool ended = false;
  Gunzip() { inflateInit2(&stream, kGzipOnly); }
  ~Gunzip() { inflateEnd(&stream); }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
};

ByteSource::ByteSource(const std::filesystem::path& file, Progress progress)
    : name_(file == kStandardInput ? kStandardInputWords : file.string()),
      progress_(std::move(progress)),
      fd_(file == kStandardInput ? open_standard_input() : open_for_reading(name_)) {
  struct stat facts {};
  if (::fstat(fd_, &facts) == 0) total_ = static_cast<std::uint64_t>(facts.st_size);
  try {
    head_.resize(kHeadBytes);
    std::size_t got = 0;
    while (got < kHeadBytes) {
      const std::size_t now = read_file(head_.data() + got, kHeadBytes - got);
      if (now == 0) break;
      got += now;
    }
    head_.resize(got);
    if (head_.starts_with("\x1f\x8b")) begin_gzip();
  } catch (...) {
    ::close(fd_);
    throw;
  }
  lone_returns_ = has_lone_returns(head_);
  if (lone_returns_) std::ranges::replace(head_, '\r', '\n');
}

/// Unpacks the head.
void ByteSource::begin_gzip() {
  gunzip_ = std::make_unique<Gunzip>();
  // A pipe cannot begin anew: zlib gets what was read first.
  std::ranges::copy(head_, gunzip_->input.begin());
  gunzip_->stream.next_in = reinterpret_cast<Bytef*>(gunzip_->input.data());
  gunzip_->stream.avail_in = static_cast<uInt>(head_.size());
  std::string plain(kHeadBytes, '\0');
  std::size_t got = 0;
  while (got < kHeadBytes) {
    const std::size_t now = read_gzip(plain.data() + got, kHeadBytes - got);
    if (now == 0) break;
    got += now;
  }
  plain.resize(got);
  head_ = std::move(plain);
}

ByteSource::~ByteSource() { ::close(fd_); }

std::size_t ByteSource::read(char* into, std::size_t size) {
  if (head_given_ < head_.size()) {
    const std::size_t given = std::min(size, head_.size() - head_given_);
    std::memcpy(into, head_.data() + head_given_, given);
    head_given_ += given;
    return given;
  }
  const std::size_t got = gunzip_ ? read_gzip(into, size) : read_file(into, size);
  if (lone_returns_) std::replace(into, into + got, '\r', '\n');
  return got;
}

std::size_t ByteSource::read_file(char* into, std::size_t size) {
  for (;;) {
    const ssize_t got = ::read(fd_, into, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw ImportError(name_ + ": " + reason(errno));
    done_ += static_cast<std::uint64_t>(got);
    if (progress_) progress_(done_, std::max(done_, total_));
    return static_cast<std::size_t>(got);
  }
}

bool ByteSource::refill_gzip() {
  Gunzip& gunzip = *gunzip_;
  const std::size_t got = read_file(gunzip.input.data(), gunzip.input.size());
  gunzip.stream.next_in = reinterpret_cast<Bytef*>(gunzip.input.data());
  gunzip.stream.avail_in = static_cast<uInt>(got);
  if (got > 0) return true;
  cut_ = gunzip.in_member;
  gunzip.ended = true;
  return false;
}

std::size_t ByteSource::read_gzip(char* into, std::size_t size) {
  Gunzip& gunzip = *gunzip_;
  z_stream& stream = gunzip.stream;
  stream.next_out = reinterpret_cast<Bytef*>(into);
  stream.avail_out = static_cast<uInt>(size);
  while (stream.avail_out == size && !gunzip.ended) {
    if (stream.avail_in == 0 && !refill_gzip()) break;
    gunzip.in_member = true;
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {  // several members may follow one another: RFC 1952, 2.2
      gunzip.in_member = false;
      inflateReset(&stream);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      throw ImportError(name_ +
                        ": its gzip data are damaged; unpack what can be saved with gunzip");
    }
  }
  return size - stream.avail_out;
}

}  // namespace tierwatch
