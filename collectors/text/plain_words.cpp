// SPDX-License-Identifier: MIT
#include "collectors/text/plain_words.h"

#include <cmath>
#include <cstdio>

namespace tierwatch {
namespace {

std::string printed(const char* format, double value) {
  char text[64];
  const int length = std::snprintf(text, sizeof text, format, value);
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace

std::string two_digits(double value) { return printed("%.2f", value); }

std::string few_digits(double value) {
  std::string text = printed(value < 1 ? "%.2f" : "%.1f", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string percent(double ratio) { return printed("%.0f %%", ratio * 100); }

std::string whole(double value) { return printed("%.0f", value); }

std::string count_of(double value, std::string_view one) {
  std::string text = whole(value) + " " + std::string(one);
  if (std::lround(value) != 1) text += one.ends_with("s") ? "es" : "s";
  return text;
}

std::string duration_words(double seconds) {
  const long all = std::lround(seconds);
  if (all < 60) return std::to_string(all) + " s";
  if (all < 3600) return std::to_string(all / 60) + " m " + std::to_string(all % 60) + " s";
  return std::to_string(all / 3600) + " h " + std::to_string(all % 3600 / 60) + " m";
}

std::string bytes_words(double bytes) {
  const double mebibytes = bytes / (1024 * 1024);
  return mebibytes < 1024 ? whole(mebibytes) + " MiB" : few_digits(mebibytes / 1024) + " GiB";
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace tierwatch
