// SPDX-License-Identifier: MIT
#include "daemon/inside/inside_answer.h"

#include <stdexcept>

#include "collectors/servers/servers.h"
#include "collectors/text/printable_text.h"
#include "daemon/inside/python_inside.h"
#include "daemon/inside/request_inside.h"
#include "daemon/inside/statement_inside.h"
#include "exporters/inside/inside_json.h"
#include "exporters/inside/inside_text.h"
#include "exporters/inside/request_writers.h"
#include "exporters/inside/statement_writers.h"

namespace tierwatch {
namespace {

std::optional<std::size_t> tier_wished(const InsideSession& session, const InsideWish& wish) {
  const auto tier = session.tier_named(wish.tier.empty() ? session.verdict().tier : wish.tier);
  if (!wish.tier.empty() && !tier)
    throw std::runtime_error("no process here belongs to a tier '" + wish.tier + "'");
  return tier;
}

std::string inside_words(const InsideReport& report) { return inside_text(report); }
std::string inside_words(const StatementReport& report) { return statement_text(report); }
std::string inside_words(const RequestReport& report) { return request_text(report); }
std::string inside_document(const InsideReport& report) { return inside_json(report); }
std::string inside_document(const StatementReport& report) { return statement_json(report); }
std::string inside_document(const RequestReport& report) { return request_json(report); }

}  // namespace

InsideKind inside_kind(const InsideSession& session, const InsideWish& wish) {
  const auto tier = tier_wished(session, wish);
  if (!tier) return InsideKind::kStacks;
  const std::string& preset = session.snapshot().tiers[*tier].preset;
  if (traits_of(preset).statements_in_memory) return InsideKind::kStatements;
  // The log of one that the verdict names is followed only where it is asked for: what is looked
  // for then is the application behind it.
  const bool log = !wish.tier.empty() && settings_source_of(preset).access_logs;
  return log ? InsideKind::kRequests : InsideKind::kStacks;
}

InsideAnswer look_inside(InsideSession& session, const InsideWish& wish, InsideKind kind) {
  if (kind == InsideKind::kStacks) return look_into_python(session, wish);
  const std::size_t tier = tier_wished(session, wish).value();
  if (kind == InsideKind::kStatements) return look_into_statements(session, wish, tier);
  const std::string& preset = session.snapshot().tiers[tier].preset;
  return look_into_requests(session, wish, tier, settings_source_of(preset));
}

std::string inside_answer_text(const InsideAnswer& answer) {
  return std::visit([](const auto& report) { return inside_words(report); }, answer);
}

std::string inside_answer_json(const InsideAnswer& answer) {
  return std::visit([](const auto& report) { return printable_json(inside_document(report)); },
                    answer);
}

}  // namespace tierwatch
