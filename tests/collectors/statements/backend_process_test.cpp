// SPDX-License-Identifier: MIT
#include "collectors/statements/backend_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "collectors/statements/lock_chain.h"
#include "collectors/statements/statement_sampler.h"
#include "collectors/statements/wait_events.h"
#include "tests/support/fake_backend.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

constexpr std::uint32_t kClientRead = 0x06000000, kPgSleep15 = 0x09000002;

struct Found {
  FakeMemory* memory = nullptr;
  std::unique_ptr<BackendProcess> process;
  std::string why;
};

Found find(const FakeBackend& backend, std::uint64_t pid = 77, int version = 15) {
  auto memory = std::make_unique<FakeMemory>(backend.memory);
  Found found{.memory = memory.get()};
  found.process =
      BackendProcess::find(std::move(memory), {FakeBackend::kImage}, pid, version, found.why);
  return found;
}

BackendLook look_at(const FakeBackend& backend, StatusLayout& layout) {
  const Found found = find(backend);
  BackendLook look;
  EXPECT_TRUE(found.process && found.process->look(layout, look)) << found.why;
  return look;
}

TEST(BackendProcess, ReadsTheStatementAndTheWait) {
  FakeBackend backend;
  // Its text lies over two pages.
  const std::string sql = "select pg_sleep(4711), größe from " + std::string(3000, 'x');
  backend.at(sql, kPgSleep15);
  StatusLayout layout;
  const BackendLook look = look_at(backend, layout);
  EXPECT_EQ(look.text, sql);
  EXPECT_TRUE(look.has_statement);
  EXPECT_THAT(look.wait, Optional(kPgSleep15));
  EXPECT_EQ(activity_of(look), BackendActivity::kWaiting);
  // It has found where the server keeps the text for pg_stat_activity.
  EXPECT_THAT(layout.text, Optional(184u));
}

TEST(BackendProcess, InVersion13TheWaitLiesInItsPlaceInSharedMemory) {
  FakeBackend backend;
  put_image(backend.memory, FakeBackend::kImage,
            {{"debug_query_string", FakeBackend::kQuery},
             {"MyProcPid", FakeBackend::kPid},
             {"MyProc", FakeBackend::kProcAt},
             {"TopTransactionResourceOwner", FakeBackend::kTransaction}});
  backend.at("select 1");
  backend.memory.put_value(FakeBackend::kProc + 684, kPgSleep15);
  for (const auto& [version, wait] :
       {std::pair{13, std::optional(kPgSleep15)}, std::pair{14, std::optional<std::uint32_t>()}}) {
    const Found found = find(backend, 77, version);
    StatusLayout layout;
    BackendLook look;
    ASSERT_TRUE(found.process && found.process->look(layout, look)) << found.why;
    EXPECT_EQ(look.wait, wait) << version;
    EXPECT_EQ(found.process->tells_waits(), wait.has_value());
  }
}

TEST(BackendProcess, KnowsWhatAnIdleOneWasAtOnlyOnceTheLayoutHasProvedItself) {
  FakeBackend backend;
  backend.at("update stock set n = 1");
  StatusLayout layout;
  backend.at("", kClientRead);
  EXPECT_EQ(look_at(backend, layout).text, "");
  layout.text = 184;
  const BackendLook look = look_at(backend, layout);
  EXPECT_EQ(look.text, "update stock set n = 1");
  EXPECT_FALSE(look.has_statement);
  EXPECT_EQ(activity_of(look), BackendActivity::kIdleInTransaction);
  backend.at("", kClientRead, false);
  EXPECT_EQ(activity_of(look_at(backend, layout)), BackendActivity::kIdle);
  EXPECT_EQ(look_at(backend, layout).text, "");
}

TEST(BackendProcess, ACommitBehindTheLastMessageIsWork) {
  FakeBackend backend;
  backend.at("update stock set n = 1");
  backend.at("", 0x0a000047);  // IO
  StatusLayout layout{.text = 184};
  const BackendLook look = look_at(backend, layout);
  EXPECT_EQ(activity_of(look), BackendActivity::kWaiting);
  EXPECT_EQ(look.text, "update stock set n = 1");
}

TEST(BackendProcess, AStatementThatChangesWhileItIsReadIsNotMixed) {
  FakeBackend backend;
  backend.at("select 1 from the_first");
  Found found = find(backend);
  StatusLayout layout;
  BackendLook look;
  ASSERT_TRUE(found.process->look(layout, look));
  std::uint32_t changes = 100;
  found.memory->before_read = [&](FakeMemory& memory) {
    memory.put_value(FakeBackend::kStatus, changes += 2);
  };
  ASSERT_TRUE(found.process->look(layout, look));
  EXPECT_TRUE(look.moved);
  EXPECT_EQ(look.text, "");
  // An odd number is one in the middle of a change.
  found.memory->before_read = nullptr;
  found.memory->put_value(FakeBackend::kStatus, std::uint32_t{7});
  ASSERT_TRUE(found.process->look(layout, look));
  EXPECT_TRUE(look.moved);
}

TEST(BackendProcess, RefusesWhatItCannotIdentify) {
  const FakeBackend backend;
  EXPECT_THAT(find(backend, 78).why, HasSubstr("its own number is not where"));
  FakeBackend other;
  put_image(other.memory, FakeBackend::kImage, {{"main", 1}});
  const Found found = find(other);
  EXPECT_FALSE(found.process);
  EXPECT_THAT(found.why, HasSubstr("exports debug_query_string"));
}

TEST(LockChain, NamesThoseWhoseModeConflicts) {
  constexpr std::uint64_t kOther = 0xb00000, kThird = 0xc00000;
  FakeBackend backend;
  LockChain locks;
  EXPECT_FALSE(locks.holders(backend.memory, FakeBackend::kProc));
  // Wants Share (5) of a transaction; one holds Exclusive (7), one Share, one only waits.
  backend.wait_for(5, {{kOther, 1u << 7}, {kThird, 1u << 5}, {0xd00000, 0}});
  EXPECT_THAT(locks.holders(backend.memory, FakeBackend::kProc), Optional(ElementsAre(kOther)));
  locks.forget();
  backend.wait_for(1, {{kOther, 1u << 7}});
  EXPECT_THAT(locks.holders(backend.memory, FakeBackend::kProc), Optional(IsEmpty()));
}

TEST(LockChain, BelievesNoListThatLeadsElsewhere) {
  FakeBackend backend;
  backend.wait_for(5, {{0xb00000, 1u << 7}});
  backend.memory.put_value(FakeBackend::kLock + 0x180, std::uint64_t{1});  // another lock's
  EXPECT_FALSE(LockChain().holders(backend.memory, FakeBackend::kProc));
  backend.wait_for(5, {{0xb00000, 1u << 7}});
  // A list without an end.
  backend.memory.put_value(FakeBackend::kLock + 0x180 + 40, FakeBackend::kLock + 0x180 + 32);
  EXPECT_FALSE(LockChain().holders(backend.memory, FakeBackend::kProc));
  EXPECT_LT(backend.memory.reads, 5000u);
}

TEST(WaitEvents, AreNamedWhereTheirNumberIsKnown) {
  EXPECT_EQ(wait_class_name(0x03000005), "Lock");
  EXPECT_EQ(wait_event_name(0x03000005, 13), "transactionid");
  EXPECT_EQ(wait_event_name(0x03000005, std::nullopt), "");
  EXPECT_EQ(wait_event_name(kPgSleep15, 15), "PgSleep");
  EXPECT_EQ(wait_event_name(kPgSleep15, 14), "");
  EXPECT_EQ(wait_event_name(kClientRead, 17), "ClientRead");
  EXPECT_EQ(wait_event_name(0x0300ffff, 15), "");
  EXPECT_EQ(wait_class_name(0xff000000), "");
  EXPECT_EQ(wait_class_name(0), "");
}

TEST(StatementBook, EndsSomewhere) {
  StatementBook book;
  for (int i = 0; i < 20'000; ++i) book.index_of("select " + std::to_string(i));
  EXPECT_EQ(book.all().size(), StatementBook::kMost);
  EXPECT_EQ(book.all().back(), "(other statements)");
  EXPECT_EQ(book.index_of("select 7"), 7u);
}

TEST(BackendProcess, TakesAnyBytes) {
  std::minstd_rand random(11);
  FakeBackend good;
  good.at("select a from b where c = 1", 0x03000005);
  good.wait_for(5, {{0xb00000, 1u << 7}});
  const std::vector<std::uint64_t> pages = good.memory.pages();
  for (int round = 0; round < 2000; ++round) {
    FakeBackend backend = good;
    for (std::size_t change = 1 + random() % 8; change-- > 0;)
      backend.memory.put_value(pages[random() % pages.size()] + random() % 128 * 8,
                               random() % 2 ? pages[random() % pages.size()] : random());
    const Found found = find(backend);
    if (!found.process) continue;
    StatusLayout layout;
    BackendLook look;
    const std::size_t before = found.memory->reads;
    found.process->look(layout, look);
    LockChain().holders(found.process->memory(), look.proc);
    EXPECT_LE(look.text.size(), BackendProcess::kLongestText);
    EXPECT_LE(found.memory->reads - before, BoundedMemory::kMostCalls);
  }
}

}  // namespace
}  // namespace tierwatch
