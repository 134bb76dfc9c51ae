// SPDX-License-Identifier: MIT
#include "analysis/judge/path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/quiet_stack.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;

std::vector<std::string> names_of(const std::vector<PathStep>& steps) {
  std::vector<std::string> names;
  for (const PathStep& step : steps) names.push_back(step.name);
  return names;
}

/// Both tiers run under one user, who has three requests on gunicorn.
JudgeInput stack_of_one_user() {
  JudgeInput in = quiet_stack();
  in.tiers.push_back(quiet_tier("gunicorn", RoleKind::kSyncWorker, 4));
  for (const char* name : {"nginx", "uwsgi"})
    tier_of(in, name).peers = {
        {{.name = "gunicorn", .watched = true, .connections = 3, .awaiting = 3, .perhaps = true}}};
  tier_of(in, "nginx").waits.reset();
  tier_of(in, "uwsgi").waits.reset();
  return in;
}

TEST(Path, ConnectionsThatMayBeAnyonesAreNotOfOneWithoutARequestInHand) {
  JudgeInput in = stack_of_one_user();
  tier_of(in, "nginx").owed = 3;
  tier_of(in, "uwsgi").busy_workers = 0;
  EXPECT_THAT(names_of(path_to(in, "gunicorn")), ElementsAre("nginx", "gunicorn"));
  tier_of(in, "nginx").owed = 0;
  tier_of(in, "uwsgi").busy_workers = 3;
  EXPECT_THAT(names_of(path_to(in, "gunicorn")), ElementsAre("uwsgi", "gunicorn"));
  tier_of(in, "uwsgi").busy_workers = 0;
  EXPECT_THAT(names_of(path_to(in, "gunicorn")), ElementsAre("gunicorn")) << "its own router's";
}

TEST(Path, ConnectionsThatMayBeAnyonesAreOffItWhereNoRequestWaitsOnThem) {
  JudgeInput in = stack_of_one_user();
  tier_of(in, "uwsgi").busy_workers = 0;
  tier_of(in, "nginx").peers->front() = {.name = "gunicorn",
                                         .watched = true,
                                         .connections = 16,
                                         .awaiting = 0,
                                         .background = 16,
                                         .perhaps = true};
  tier_of(in, "nginx").owed = 0;
  EXPECT_THAT(names_of(path_to(in, "gunicorn")), ElementsAre("gunicorn"));
}

}  // namespace
}  // namespace tierwatch
