// SPDX-License-Identifier: MIT
#include "exporters/live/recent_document.h"

#include <cmath>
#include <string>

#include "exporters/json/enum_names.h"
#include "exporters/json/json_value.h"

namespace tierwatch {
namespace {

using WallClock = std::chrono::system_clock;

/// To the microsecond, as recordings have it: a double holds no more of a time of day.
WallClock::time_point moment_of_field(JsonObject object, const char* name, const JsonPlace& where) {
  JsonValue found;
  const JsonPlace place{.outer = &where, .name = name};
  if (!find_field(object, name, found)) refuse(place, "missing");
  const double seconds = number_in(found, place);
  if (!(std::abs(seconds) < 9e9)) refuse(place, "no time that fits");
  return WallClock::time_point(std::chrono::duration_cast<WallClock::duration>(
      std::chrono::microseconds(std::llround(seconds * 1e6))));
}

std::string text_of_field(JsonObject object, const char* name, const JsonPlace& where) {
  JsonValue found;
  if (!find_field(object, name, found)) return "";
  return std::string(text_in(found, {.outer = &where, .name = name}));
}

/// A word that this version does not know is an unknown verdict.
VerdictStretch stretch_in(JsonObject object, const JsonPlace& where) {
  VerdictStretch stretch{.begin = moment_of_field(object, "begin_seconds", where),
                         .end = moment_of_field(object, "end_seconds", where),
                         .state = enum_value<VerdictState>(text_of_field(object, "state", where))
                                      .value_or(VerdictState::kUnknown),
                         .named = {}};
  const std::string tier = text_of_field(object, "tier", where);
  const auto resource = enum_value<Resource>(text_of_field(object, "resource", where));
  if (!tier.empty() && resource) stretch.named = TierResource{tier, *resource};
  return stretch;
}

template <typename Read>
void each_object(JsonObject document, const char* name, const Read& read) {
  JsonValue list;
  const JsonPlace place{.name = name};
  if (!find_field(document, name, list)) return;
  std::size_t index = 0;
  for (const JsonValue one : array_in(list, place)) {
    const JsonPlace here{.outer = &place, .index = index++};
    read(object_in(one, here), here);
  }
}

}  // namespace

RecentDocument recent_from_json(std::string_view text) {
  JsonParser parser;
  const JsonObject document = object_in(parse_json(parser, text), {.name = "document"});
  RecentDocument recent;
  each_object(document, "verdicts", [&](JsonObject object, const JsonPlace& where) {
    recent.verdicts.push_back(stretch_in(object, where));
  });
  each_object(document, "marks", [&](JsonObject object, const JsonPlace& where) {
    recent.marks.push_back({.at = moment_of_field(object, "wall_seconds", where),
                            .text = text_of_field(object, "text", where)});
  });
  return recent;
}

}  // namespace tierwatch
