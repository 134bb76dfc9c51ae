// SPDX-License-Identifier: MIT
//
// What is looked at while a run is recorded: the stacks of a tier, or its statements, handed over
// stretch by stretch.
#pragma once

#include <memory>

#include "analysis/inside/inside_book.h"
#include "daemon/inside/inside_subject.h"

namespace tierwatch {

class RecordedSubject : public InsideSubject {
 public:
  /// Adds to the book what was seen since the last time. Not while another call is under way.
  virtual void hand_over(InsideStretch stretch, InsideBook& book,
                         const InsideBook::TierOf& tier_of) = 0;
};

/// Of threads that run Python.
std::shared_ptr<RecordedSubject> recorded_stacks();
/// Of a database server's backends, without the values in their statements.
std::shared_ptr<RecordedSubject> recorded_statements();

}  // namespace tierwatch
