// SPDX-License-Identifier: MIT
#include "exporters/http/http_text.h"

#include <arpa/inet.h>
#include <strings.h>
#include <zlib.h>

#include <charconv>
#include <new>
#include <stdexcept>

namespace tierwatch {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// Takes what stands before `separator` off the front of `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return trim(part);
}

/// "0", "0.0", "0.000" refuse; all else, even nonsense, does not.
bool is_zero_weight(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view parameter = next_part(parameters, ';');
    if (!same_word(next_part(parameter, '='), "q")) continue;
    const std::string_view weight = trim(parameter);
    return weight.starts_with('0') && weight.find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

/// One that a client accepts: "text/plain;version=0.0.4;q=0.5".
struct MediaRange {
  std::string_view type;
  std::string_view version;  ///< empty: any
  double quality = 1;
};

double quality_of(std::string_view text) {
  double quality = 1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quality);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  return is_number && quality >= 0 && quality <= 1 ? quality : 1;
}

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

MediaRange media_range(std::string_view text) {
  MediaRange range{.type = next_part(text, ';'), .version = {}};
  while (!text.empty()) {
    std::string_view parameter = next_part(text, ';');
    const std::string_view name = next_part(parameter, '=');
    if (same_word(name, "q")) range.quality = quality_of(trim(parameter));
    if (same_word(name, "version")) range.version = unquoted(trim(parameter));
  }
  return range;
}

int exactness(const MediaRange& range, std::string_view type, std::string_view version) {
  if (same_word(range.type, type)) {
    if (range.version.empty()) return 3;
    return range.version == version ? 4 : 0;
  }
  if (same_word(range.type, std::string(type.substr(0, type.find('/'))) + "/*")) return 2;
  return range.type == "*/*" ? 1 : 0;
}

/// Takes "http://" or "https://" off the front.
bool take_scheme(std::string_view& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_word(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    return true;
  }
  return false;
}

std::string without_empty_segments(std::string_view path) {
  std::string out = "/";
  for (const char c : path)
    if (c != '/' || out.back() != '/') out += c;
  if (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    std::string_view parameters = next_part(accept_encoding, ',');
    const std::string_view coding = next_part(parameters, ';');
    const bool allowed = !is_zero_weight(parameters);
    if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) return allowed;
    if (coding == "*") any = allowed;
  }
  return any;
}

Liking liking(std::string_view accept, std::string_view type, std::string_view version) {
  Liking best;
  while (!accept.empty()) {
    const MediaRange range = media_range(next_part(accept, ','));
    const int exact = exactness(range, type, version);
    if (exact > best.exactness) best = {exact, range.quality};
  }
  return best;
}

std::string gzip(std::string body, bool& compressed) {
  compressed = false;
  constexpr int kGzipFormat = 15 + 16;  // window bits, plus 16 for a gzip header: see zlib.h
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipFormat, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return body;
  }
  std::string out(deflateBound(&stream, body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(body.data());
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  compressed = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed ? out : body;
}

std::string from_gzip(const std::string& compressed) {
  constexpr int kGzipFormat = 15 + 16;
  z_stream stream{};
  if (inflateInit2(&stream, kGzipFormat) != Z_OK) throw std::bad_alloc();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK) {
    char piece[1 << 14];
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(piece, sizeof piece - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("not what gzip wrote");
  return out;
}

bool is_loopback_host(std::string_view host) {
  if (host.starts_with("[::1]")) return host.size() == 5 || host[5] == ':';
  const std::string name(host.substr(0, host.find(':')));
  if (same_word(name, "localhost")) return true;
  in_addr address{};
  return inet_pton(AF_INET, name.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

std::optional<RequestTarget> parse_request_target(std::string_view target) {
  RequestTarget out;
  if (take_scheme(target)) {
    const std::string_view authority = target.substr(0, target.find('/'));
    if (authority.empty() || authority.find('@') != std::string_view::npos) return std::nullopt;
    out.authority = authority;
    target.remove_prefix(authority.size());
  } else if (!target.starts_with('/')) {
    return std::nullopt;
  }
  out.path = without_empty_segments(target);
  return out;
}

}  // namespace tierwatch
