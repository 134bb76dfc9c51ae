// SPDX-License-Identifier: MIT
#include "daemon/inside/inside_answer.h"

#include <stdexcept>

#include "collectors/servers/servers.h"
#include "collectors/text/printable_text.h"
#include "daemon/inside/native_inside.h"
#include "daemon/inside/python_inside.h"
#include "daemon/inside/request_inside.h"
#include "daemon/inside/statement_inside.h"
#include "daemon/inside/tier_processes.h"
#include "exporters/inside/inside_json.h"
#include "exporters/inside/inside_text.h"
#include "exporters/inside/native_writers.h"
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

/// Native code of a tier of which something else cannot be read: `why`.
NativeReport native_instead(InsideSession& session, const InsideWish& wish, std::size_t tier,
                            const std::string& why) {
  try {
    NativeReport report = look_into_native(session, wish, tier);
    report.remarks.push_back(why);
    return report;
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(why + "; " + error.what());
  }
}

/// What one asks for, or is full of CPU, is looked into whatever it is; else the application behind
/// it is looked for, which is Python.
InsideAnswer look_into_code(InsideSession& session, const InsideWish& wish) {
  const auto tier = tier_wished(session, wish);
  const bool wanted = !wish.tier.empty() ||
                      basis_of(session.verdict(), session.verdict().tier) == InsideBasis::kCpu;
  if (tier && wanted && !may_be_python(session.snapshot().tiers[*tier]))
    return {look_into_native(session, wish, *tier), {}};
  try {
    return {look_into_python(session, wish), {}};
  } catch (const NoPython& none) {
    return {native_instead(session, wish, tier.value(), none.what()), {}};
  }
}

std::string inside_words(const InsideReport& report) { return inside_text(report); }
std::string inside_words(const StatementReport& report) { return statement_text(report); }
std::string inside_words(const RequestReport& report) { return request_text(report); }
std::string inside_words(const NativeReport& report) { return native_text(report); }
std::string inside_document(const NativeReport& report) { return native_json(report); }
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
  if (kind == InsideKind::kStacks) return look_into_code(session, wish);
  const std::size_t tier = tier_wished(session, wish).value();
  std::optional<NativeReport> native;
  if (kind == InsideKind::kStatements) {
    StatementReport statements = look_into_statements(session, wish, tier, native);
    return {std::move(statements), std::move(native)};
  }
  const std::string& preset = session.snapshot().tiers[tier].preset;
  try {
    RequestReport requests =
        look_into_requests(session, wish, tier, settings_source_of(preset), native);
    return {std::move(requests), std::move(native)};
  } catch (const NoLog& none) {
    return {native_instead(session, wish, tier, none.what()), {}};
  }
}

const InsideReport* stacks_of(const InsideAnswer& answer) {
  if (const auto* python = std::get_if<InsideReport>(&answer.main)) return python;
  if (const auto* native = std::get_if<NativeReport>(&answer.main)) return native;
  return answer.beside ? &*answer.beside : nullptr;
}

std::string inside_answer_text(const InsideAnswer& answer) {
  const std::string text =
      std::visit([](const auto& report) { return inside_words(report); }, answer.main);
  return answer.beside ? text + native_section(*answer.beside) : text;
}

std::string inside_answer_json(const InsideAnswer& answer) {
  const std::string document =
      std::visit([](const auto& report) { return inside_document(report); }, answer.main);
  return printable_json(answer.beside ? with_native_json(document, *answer.beside) : document);
}

}  // namespace tierwatch
