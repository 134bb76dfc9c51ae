// SPDX-License-Identifier: MIT
#include "daemon/inside/inside_rights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tierwatch {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const ReadingRights kAlice{.uid = 1000, .user = "alice"};

std::string said(ReadingRights ours, std::optional<uid_t> owner = 33,
                 const std::string& name = "www-data") {
  return missing_right(ours, "uwsgi", owner, name, "tierwatch inside uwsgi");
}

TEST(MissingRight, IsThatOverAnotherUsersProcesses) {
  EXPECT_THAT(said(kAlice),
              AllOf(HasSubstr("they run as www-data, you are alice"), HasSubstr("CAP_SYS_PTRACE"),
                    HasSubstr("sudo tierwatch inside uwsgi"),
                    HasSubstr("sudo -u www-data tierwatch inside uwsgi")));
  ReadingRights yama = kAlice;
  yama.yama_scope = 1;
  // Being that user would not do.
  EXPECT_THAT(said(yama), AllOf(HasSubstr("sudo tierwatch"), Not(HasSubstr("sudo -u"))));
}

TEST(MissingRight, IsWhatYamaForbids) {
  ReadingRights yama = kAlice;
  yama.yama_scope = 1;
  EXPECT_THAT(said(yama, 1000, "alice"), HasSubstr("ptrace_scope is 1"));
  yama.yama_scope = 2;
  EXPECT_THAT(said(yama), HasSubstr("ptrace_scope is 2"));
  yama.yama_scope = 3;
  yama.may_trace = true;
  EXPECT_THAT(said(yama), AllOf(HasSubstr("ptrace_scope is 3"), Not(HasSubstr("sudo"))));
}

TEST(MissingRight, IsOneThatProcessesOfTheSameUserKeepToThemselves) {
  EXPECT_THAT(said(kAlice, 1000, "alice"),
              AllOf(HasSubstr("PR_SET_DUMPABLE"), EndsWith("sudo tierwatch inside uwsgi")));
}

TEST(MissingRight, IsWhatARootInAContainerLacks) {
  EXPECT_THAT(said({.uid = 0, .user = "root"}), HasSubstr("--cap-add SYS_PTRACE"));
  EXPECT_THAT(said({.uid = 0, .user = "root", .may_trace = true}), HasSubstr("user namespace"));
}

std::string said_of_samples(ReadingRights ours, uid_t owner) {
  return missing_sampling_right(ours, "redis", owner, "redis", "tierwatch inside redis");
}

TEST(MissingSamplingRight, IsThatOverAnotherUsersProcesses) {
  ReadingRights ours = kAlice;
  ours.perf_paranoid = 2;
  EXPECT_THAT(said_of_samples(ours, 33),
              AllOf(HasSubstr("they run as redis, you are alice"), HasSubstr("CAP_PERFMON"),
                    HasSubstr("sudo tierwatch inside redis"), HasSubstr("sudo -u redis")));
  ours.perf_paranoid = 3;  // as Debian has it
  EXPECT_THAT(said_of_samples(ours, 33), Not(HasSubstr("sudo -u")));
}

TEST(MissingSamplingRight, IsWhatTheKernelKeepsToAdministrators) {
  ReadingRights ours = kAlice;
  ours.perf_paranoid = 3;
  EXPECT_THAT(said_of_samples(ours, 1000), HasSubstr("kernel.perf_event_paranoid is 3"));
  ours.perf_paranoid = 2;
  EXPECT_THAT(said_of_samples(ours, 1000), HasSubstr("PR_SET_DUMPABLE"));
}

TEST(MissingSamplingRight, IsWhatARootInAContainerLacks) {
  EXPECT_THAT(said_of_samples({.uid = 0, .user = "root"}, 0), HasSubstr("--cap-add PERFMON"));
  EXPECT_THAT(said_of_samples({.uid = 0, .user = "root", .may_sample = true}, 0),
              HasSubstr("forbids perf_event_open"));
}

}  // namespace
}  // namespace tierwatch
