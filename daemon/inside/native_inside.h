// SPDX-License-Identifier: MIT
//
// A look at the native code that a tier's processes run, whatever they are: alone, or beside a look
// at something else.
#pragma once

#include <memory>

#include "analysis/inside/native_findings.h"
#include "daemon/inside/inside_session.h"

namespace tierwatch {

/// Looks at what `main` looks at, and meanwhile at native code. What can be read is what `main`
/// can.
class BesideNative : public InsideSubject {
 public:
  BesideNative(std::shared_ptr<InsideSubject> main, unsigned hz);
  ~BesideNative() override;

  void set_processes(const std::vector<ProcessId>& processes) override;
  InsideTargets targets() const override;
  void look() override;

  /// What was seen, in `looks`' time; absent: nothing could be, and `looks` has a remark on it.
  std::optional<NativeReport> code(InsideLooks& looks) const;

 private:
  class Native;

  std::shared_ptr<InsideSubject> main_;
  std::shared_ptr<Native> native_;

  friend NativeReport look_into_native(InsideSession& session, const InsideWish& wish,
                                       std::size_t tier);
};

/// Throws std::runtime_error when nothing of the tier can be read, with the right that is missing.
NativeReport look_into_native(InsideSession& session, const InsideWish& wish, std::size_t tier);

}  // namespace tierwatch
