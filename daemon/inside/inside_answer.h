// SPDX-License-Identifier: MIT
//
// A look inside a tier of any kind: stacks of Python, statements of a database, requests of a log.
#pragma once

#include <string>
#include <variant>

#include "daemon/inside/inside_session.h"

namespace tierwatch {

using InsideAnswer = std::variant<InsideReport, StatementReport, RequestReport>;

enum class InsideKind { kStacks, kStatements, kRequests };

/// What is looked at when this is wished for. Throws std::runtime_error when no process belongs to
/// the tier.
InsideKind inside_kind(const InsideSession& session, const InsideWish& wish);

/// Looks for as long as is wished. Throws std::runtime_error when nothing can be read, with the
/// right that is missing.
InsideAnswer look_inside(InsideSession& session, const InsideWish& wish, InsideKind kind);

/// Several lines, the verdict first; nothing in them drives a terminal.
std::string inside_answer_text(const InsideAnswer& answer);
/// One JSON document.
std::string inside_answer_json(const InsideAnswer& answer);

}  // namespace tierwatch
