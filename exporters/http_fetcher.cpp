// SPDX-License-Identifier: MIT
#include "exporters/http_fetcher.h"

#include <curl/curl.h>
#include <dlfcn.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>

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

// libcurl is loaded once somebody is to be asked: a daemon never asks, and would carry three
// megabytes of it and of what it needs. These stand for the functions of the same names.
decltype(&::curl_global_init) curl_global_init = nullptr;
decltype(&::curl_easy_init) curl_easy_init = nullptr;
decltype(&::curl_easy_setopt) curl_easy_setopt = nullptr;
decltype(&::curl_easy_perform) curl_easy_perform = nullptr;
decltype(&::curl_easy_getinfo) curl_easy_getinfo = nullptr;
decltype(&::curl_easy_strerror) curl_easy_strerror = nullptr;
decltype(&::curl_easy_cleanup) curl_easy_cleanup = nullptr;

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
  curl_global_init(CURL_GLOBAL_DEFAULT);
}

/// Nothing is gained by packing what leaves no machine.
bool on_this_machine(const std::string& base_url) {
  const std::string url = without_password(base_url);
  const std::size_t host = url.find("://") + 3;
  const std::string_view rest = std::string_view(url).substr(std::min(host, url.size()));
  return rest.starts_with("localhost") || rest.starts_with("127.") || rest.starts_with("[::1]");
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
  if (!wanted.unix_socket.empty()) {
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, wanted.unix_socket.c_str());
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
  } else {
    curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
    if (!on_this_machine(wanted.base_url)) curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
  }
  if (!wanted.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, wanted.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, wanted.password.c_str());
    curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  }
  if (wanted.insecure) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!wanted.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, wanted.ca_file.c_str());
}

HttpFetcher::~HttpFetcher() { curl_easy_cleanup(impl_->curl); }

void HttpFetcher::cancel() { impl_->cancelled = true; }

Fetched HttpFetcher::get(const std::string& path) {
  Fetched fetched;
  impl_->problem[0] = '\0';
  const std::string url = impl_->options.base_url + path;
  curl_easy_setopt(impl_->curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(impl_->curl, CURLOPT_WRITEDATA, &fetched.body);
  const CURLcode result = curl_easy_perform(impl_->curl);
  if (result != CURLE_OK) {
    fetched.problem = impl_->problem[0] ? impl_->problem : curl_easy_strerror(result);
    return fetched;
  }
  long status = 0;
  curl_easy_getinfo(impl_->curl, CURLINFO_RESPONSE_CODE, &status);
  fetched.status = static_cast<int>(status);
  return fetched;
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
