// SPDX-License-Identifier: MIT
#include "exporters/http/http_fetcher.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <strings.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>
#include <stdexcept>

#include "exporters/http/listening_socket.h"
#include "exporters/http/netrc.h"

namespace tierwatch {
namespace {

constexpr std::size_t kLargestBody = 64u << 20;

std::size_t take_body(char* bytes, std::size_t one, std::size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + one * count > kLargestBody) return 0;
  text.append(bytes, one * count);
  return one * count;
}

int watch_cancel(void* cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(cancelled)->load() ? 1 : 0;
}

// libcurl is loaded once somebody is to be asked: a daemon that pushes nothing never asks, and
// would carry three megabytes of it and of what it needs. These stand for the functions of the same
// names.
decltype(&::curl_global_init) curl_global_init = nullptr;
decltype(&::curl_easy_init) curl_easy_init = nullptr;
decltype(&::curl_easy_setopt) curl_easy_setopt = nullptr;
decltype(&::curl_easy_perform) curl_easy_perform = nullptr;
decltype(&::curl_easy_getinfo) curl_easy_getinfo = nullptr;
decltype(&::curl_easy_strerror) curl_easy_strerror = nullptr;
decltype(&::curl_easy_cleanup) curl_easy_cleanup = nullptr;
decltype(&::curl_slist_append) curl_slist_append = nullptr;
decltype(&::curl_slist_free_all) curl_slist_free_all = nullptr;

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (!function) throw std::runtime_error(std::string("libcurl has no ") + name);
}

void load_curl() {
  void* library = dlopen("libcurl.so.4", RTLD_NOW);
  if (!library) library = dlopen("libcurl-gnutls.so.4", RTLD_NOW);
  if (!library)
    throw std::runtime_error("libcurl cannot be loaded (apt install libcurl4): " +
                             std::string(dlerror()));
  find(library, "curl_global_init", curl_global_init);
  find(library, "curl_easy_init", curl_easy_init);
  find(library, "curl_easy_setopt", curl_easy_setopt);
  find(library, "curl_easy_perform", curl_easy_perform);
  find(library, "curl_easy_getinfo", curl_easy_getinfo);
  find(library, "curl_easy_strerror", curl_easy_strerror);
  find(library, "curl_easy_cleanup", curl_easy_cleanup);
  find(library, "curl_slist_append", curl_slist_append);
  find(library, "curl_slist_free_all", curl_slist_free_all);
  curl_global_init(CURL_GLOBAL_DEFAULT);
}

std::string host_of(const std::string& base_url) {
  const std::string url = without_password(base_url);
  const std::size_t scheme = url.find("://");
  const std::string rest = scheme == std::string::npos ? url : url.substr(scheme + 3);
  if (rest.starts_with('[')) return rest.substr(1, std::min(rest.find(']'), rest.size()) - 1);
  return rest.substr(0, rest.find_first_of(":/?#"));
}

/// By the host's name alone. inet_aton(3) reads what libcurl would: "127.1", "0x7f000001".
bool on_this_machine(const std::string& base_url) {
  std::string host = host_of(base_url);
  if (host.ends_with('.')) host.pop_back();
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  if (inet_aton(host.c_str(), &v4.sin_addr) != 0)
    return v4.sin_addr.s_addr == INADDR_ANY || is_loopback(reinterpret_cast<sockaddr*>(&v4));
  if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1)
    return IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr) || is_loopback(reinterpret_cast<sockaddr*>(&v6));
  return strcasecmp(host.c_str(), "localhost") == 0;
}

void start_curl() {
  static std::once_flag once;
  std::call_once(once, load_curl);
}

}  // namespace

struct HttpFetcher::Impl {
  HttpFetcherOptions options;
  CURL* curl = nullptr;
  std::atomic<bool> cancelled = false;
  char problem[CURL_ERROR_SIZE] = {};
  bool local = false;

  /// Past every proxy. Anybody may have taken a local port first: of ~/.netrc only an entry with
  /// this host's name counts, and only when a user asked for this URL.
  void stay_on_this_machine() {
    local = true;
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (!options.unix_socket.empty()) {
      curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
    } else if (options.user.empty() && !options.anonymous) {
      const auto login =
          netrc_login(netrc_text(), host_of(options.base_url), user_in(options.base_url));
      if (!login) return;
      options.user = login->user;
      options.password = login->password;
    }
  }

  void choose_account() {
    const bool known = !options.user.empty();
    const bool ask_netrc = !known && !local && !options.anonymous;
    curl_easy_setopt(curl, CURLOPT_NETRC,
                     static_cast<long>(ask_netrc ? CURL_NETRC_OPTIONAL : CURL_NETRC_IGNORED));
    if (!known) return;
    curl_easy_setopt(curl, CURLOPT_USERNAME, options.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, options.password.c_str());
  }

  Fetched fetch(const std::string& path) {
    Fetched fetched;
    problem[0] = '\0';
    const std::string url = options.base_url + path;
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &fetched.body);
    const CURLcode result = curl_easy_perform(curl);
    if (result != CURLE_OK) {
      fetched.problem = problem[0] ? problem : curl_easy_strerror(result);
      if (result != CURLE_COULDNT_CONNECT) return fetched;
      long error = 0;
      curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
      fetched.nobody_there = error != EACCES && error != EPERM;
      // libcurl names the host and port of the URL, which are not asked.
      if (!options.unix_socket.empty())
        fetched.problem =
            error != 0 ? std::strerror(static_cast<int>(error)) : "nothing listens there";
      return fetched;
    }
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    fetched.status = static_cast<int>(status);
    return fetched;
  }
};

HttpFetcher::HttpFetcher(HttpFetcherOptions options) : impl_(std::make_unique<Impl>()) {
  start_curl();
  impl_->options = std::move(options);
  impl_->curl = curl_easy_init();
  if (!impl_->curl) throw std::runtime_error("libcurl cannot be used");
  CURL* curl = impl_->curl;
  const HttpFetcherOptions& wanted = impl_->options;
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, impl_->problem);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(wanted.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(wanted.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch_cancel);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &impl_->cancelled);
  if (!wanted.unix_socket.empty() || on_this_machine(wanted.base_url))
    impl_->stay_on_this_machine();
  else
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");  // pays only over a network
  impl_->choose_account();
  if (wanted.insecure) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!wanted.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, wanted.ca_file.c_str());
}

HttpFetcher::~HttpFetcher() { curl_easy_cleanup(impl_->curl); }

void HttpFetcher::cancel() { impl_->cancelled = true; }

Fetched HttpFetcher::get(const std::string& path) { return impl_->fetch(path); }

Fetched HttpFetcher::post(const std::string& path, const std::string& body,
                          const std::map<std::string, std::string>& headers) {
  CURL* curl = impl_->curl;
  curl_slist* list = curl_slist_append(nullptr, "Expect:");  // no asking before the body
  for (const auto& [name, value] : headers)
    list = curl_slist_append(list, (name + (value.empty() ? ";" : ": " + value)).c_str());
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
  Fetched fetched = impl_->fetch(path);
  curl_off_t wait = 0;
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
  fetched.retry_after = std::chrono::seconds(wait);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
  curl_slist_free_all(list);
  return fetched;
}

std::string user_in(const std::string& url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t at = url.rfind('@', std::min(url.find('/', host), url.size()));
  if (url.find("://") == std::string::npos || at == std::string::npos || at < host) return "";
  const std::string user = url.substr(host, std::min(at, url.find(':', host)) - host);
  std::string plain;
  for (std::size_t i = 0; i < user.size(); ++i) {
    unsigned byte = 0;
    const char* digits = user.data() + i + 1;
    const bool escaped = user[i] == '%' && i + 2 < user.size() &&
                         std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    plain += escaped ? static_cast<char>(byte) : user[i];
    if (escaped) i += 2;
  }
  return plain;
}

std::string without_password(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t end = std::min(url.find('/', host), url.size());
  const std::size_t at = url.rfind('@', end);
  if (at == std::string::npos || at < host) return url;
  return url.substr(0, host) + url.substr(at + 1);
}

}  // namespace tierwatch
