// SPDX-License-Identifier: MIT
#include "daemon/inside/progress_asker.h"

#include <algorithm>
#include <chrono>

#include "collectors/requests/request_socket.h"
#include "daemon/inside/process_title.h"

namespace tierwatch {
namespace {

constexpr nanoseconds kBetweenQuestions = std::chrono::milliseconds(250);
/// A server that does not answer is not asked again for a while.
constexpr nanoseconds kAfterTrouble = std::chrono::seconds(5);

}  // namespace

void ProgressAsker::set_processes(const ProcFs& files, const std::vector<ProcessId>& processes) {
  if (looked_ || source_.request_socket == nullptr) return;
  looked_ = true;
  for (const ProcessId& id : processes) {
    ForeignFiles theirs(files, id.pid);
    const auto address =
        source_.request_socket(theirs, {.id = id, .title = process_title(files, id.pid)});
    Fault fault{};
    const auto user = files.status(process_path(id.pid).c_str(), fault);
    if (!address || !user || places_.size() >= kMostServers) continue;
    // Workers show the command line of their master.
    const bool known =
        std::ranges::any_of(places_, [&](const Place& one) { return one.address == *address; });
    if (!known) places_.push_back({id.pid, user->uid, *address});
  }
}

void ProgressAsker::ask(const ProcFs& files, nanoseconds now) {
  if (places_.empty() || now < next_) return;
  next_ = now + kBetweenQuestions;
  std::vector<RequestInProgress> all;
  for (const Place& place : places_) {
    const auto answer = ask_request_socket(files, place.pid, place.user, place.address, trouble_);
    auto requests = answer ? requests_in_progress(*answer) : std::nullopt;
    if (!requests) {
      if (answer) trouble_ = "its answer is none that is known";
      next_ = now + kAfterTrouble;
      return;
    }
    all.insert(all.end(), requests->begin(), requests->end());
  }
  trouble_.clear();
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  tally_.add(all, std::chrono::duration_cast<std::chrono::seconds>(since_epoch));
}

std::string ProgressAsker::why_not() const {
  if (tally_.looks() > 0) return "";
  if (source_.request_socket == nullptr) return "this kind of server does not tell";
  if (places_.empty()) return "its command line and its ini files name no stats server";
  return "of " + places_.front().address + ", " + trouble_;
}

}  // namespace tierwatch
