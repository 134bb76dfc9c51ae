// SPDX-License-Identifier: MIT
#include "exporters/http/shared_bodies.h"

#include <utility>

#include "exporters/http/http_text.h"

namespace tierwatch {

SharedBody::SharedBody(std::string text, HeldBytes held)
    : text_(std::move(text)), held_(std::move(held)) {
  *held_ += text_.size();
}

SharedBody::~SharedBody() { *held_ -= text_.size() + gzip_.size(); }

const std::string* SharedBody::compressed() const {
  std::call_once(once_, [this] {
    std::string made = gzip(text_, is_compressed_);
    if (!is_compressed_) return;
    made.shrink_to_fit();
    gzip_ = std::move(made);
    *held_ += gzip_.size();
  });
  return is_compressed_ ? &gzip_ : nullptr;
}

SharedBodies::SharedBodies(std::size_t room_bytes)
    : room_(room_bytes), held_(std::make_shared<std::atomic<std::size_t>>(0)) {}

/// A body alone has room, however long it is.
bool SharedBodies::has_room_for(std::size_t size) {
  const auto fits = [&] { return size <= kAlwaysServed || *held_ == 0 || *held_ + size <= room_; };
  if (fits()) return true;
  for (auto& [name, page] : pages_) page.newest.reset();
  return fits();
}

SharedBodyPtr SharedBodies::share(std::string_view page, std::string text) {
  if (text.size() < kWorthSharing)
    return std::make_shared<const SharedBody>(std::move(text), held_);
  const std::lock_guard lock(mutex_);
  Page& known = pages_[std::string(page)];
  std::erase_if(known.on_their_way, [](const auto& body) { return body.expired(); });
  for (const auto& one : known.on_their_way) {
    SharedBodyPtr body = one.lock();
    if (body && body->text() == text) return known.newest = std::move(body);
  }
  if (!has_room_for(text.size())) return nullptr;
  known.newest = std::make_shared<const SharedBody>(std::move(text), held_);
  known.on_their_way.push_back(known.newest);
  return known.newest;
}

}  // namespace tierwatch
