// SPDX-License-Identifier: MIT
//
// A look inside a tier of any kind: stacks of Python or of native code, statements of a database,
// requests of a log.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "analysis/inside/native_findings.h"
#include "daemon/inside/inside_session.h"

namespace tierwatch {

struct InsideAnswer {
  std::variant<InsideReport, StatementReport, RequestReport, NativeReport> main;
  std::optional<NativeReport> beside;  ///< native code, looked at meanwhile
};

enum class InsideKind { kStacks, kStatements, kRequests };

/// What is looked at when this is wished for. Throws std::runtime_error when no process belongs to
/// the tier.
InsideKind inside_kind(const InsideSession& session, const InsideWish& wish);

/// Looks for as long as is wished. Throws std::runtime_error when nothing can be read, with the
/// right that is missing.
InsideAnswer look_inside(InsideSession& session, const InsideWish& wish, InsideKind kind);

/// The stacks of an answer; null: nothing of the kind was read.
const InsideReport* stacks_of(const InsideAnswer& answer);

/// Several lines, the verdict first; nothing in them drives a terminal.
std::string inside_answer_text(const InsideAnswer& answer);
/// One JSON document.
std::string inside_answer_json(const InsideAnswer& answer);

}  // namespace tierwatch
