// SPDX-License-Identifier: MIT
#include "exporters/inside/inside_json.h"

#include "exporters/inside/looks_json.h"
#include "exporters/json/snapshot_json.h"

namespace tierwatch {
namespace {

/// Stacks are many; pictures have them all.
constexpr std::size_t kMostStacks = 100;

Json place_json(const InsidePlace& place) {
  return {{"function", place.function}, {"file", place.file}, {"line", place.line}};
}

Json functions_json(const InsideFindings& found) {
  Json list = Json::array();
  for (const InsideFunction& one : found.functions)
    list.push_back({{"function", one.function.name},
                    {"file", one.function.file},
                    {"first_line", one.function.first_line},
                    {"self_ratio", one.self},
                    {"total_ratio", one.total}});
  return list;
}

Json lines_json(const InsideFindings& found) {
  Json list = Json::array();
  for (const InsideLine& one : found.lines)
    list.push_back({{"file", one.file},
                    {"line", one.line},
                    {"function", one.function},
                    {"self_ratio", one.self}});
  return list;
}

/// The peer, and the tier that it is.
void put_peer(Json& object, const std::string& peer, const InsideReport& report) {
  if (peer.empty()) return;
  object["peer"] = peer;
  const auto tier = report.peer_tiers.find(peer);
  if (tier != report.peer_tiers.end()) object["peer_tier"] = tier->second;
}

Json waits_json(const InsideReport& report) {
  Json list = Json::array();
  for (const InsideWait& one : report.findings.waits) {
    Json wait{{"activity", to_string(one.activity)}, {"ratio", one.share}};
    put_peer(wait, one.peer, report);
    if (!one.place.function.empty()) wait["place"] = place_json(one.place);
    list.push_back(std::move(wait));
  }
  return list;
}

Json stacks_json(const InsideReport& report) {
  Json list = Json::array();
  for (const InsideStack& one : report.findings.stacks) {
    if (list.size() == kMostStacks) break;
    Json stack{{"activity", to_string(one.activity)}, {"ratio", one.share}, {"torn", one.torn}};
    put_peer(stack, one.peer, report);
    stack["frames"] = Json::array();
    for (const InsidePlace& place : one.frames) stack["frames"].push_back(place_json(place));
    list.push_back(std::move(stack));
  }
  return list;
}

Json progress_json(const InsideReport& report) {
  Json list = Json::array();
  for (const ProgressTally::Row& row : report.progress) {
    Json one{{"ratio", row.ratio}};
    if (!row.endpoint.empty()) one["endpoint"] = row.endpoint;
    if (row.oldest) one["oldest_seconds"] = row.oldest->count();
    list.push_back(std::move(one));
  }
  return list;
}

Json activities_json(const InsideFindings& found) {
  Json object = Json::object();
  for (std::size_t i = 0; i < kThreadActivities; ++i) {
    const auto activity = static_cast<ThreadActivity>(i);
    if (activity != ThreadActivity::kIdle)
      object[std::string(to_string(activity))] = found.activities[i];
  }
  return object;
}

}  // namespace

std::string inside_json(const InsideReport& report) {
  const InsideFindings& found = report.findings;
  Json document = looks_json(report);
  document["basis"] = to_string(found.basis);
  if (found.hottest) {
    document["hottest"] = place_json(*found.hottest);
    document["hottest"]["ratio"] = found.hottest_share;
  }
  document["python"] = report.versions;
  put_looks(document, report);
  document["samples"] = found.samples;
  document["samples_of_all_threads"] = found.all_samples;
  document["moved_ratio"] = found.moved;
  document["torn_ratio"] = found.torn;
  document["cut_ratio"] = found.cut;
  document["activities"] = activities_json(found);
  document["functions"] = functions_json(found);
  document["lines"] = lines_json(found);
  document["waits"] = waits_json(report);
  document["stacks"] = stacks_json(report);
  if (report.progress_looks > 0) document["requests_in_progress"] = progress_json(report);
  document["remarks"] = report.remarks;
  return json_text(document, 2) + "\n";
}

}  // namespace tierwatch
