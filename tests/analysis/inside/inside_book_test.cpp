// SPDX-License-Identifier: MIT
#include "analysis/inside/inside_book.h"

#include <gmock/gmock.h>

#include "collectors/statements/wait_events.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<PythonFunction> kFunctions = {{"render", "/srv/shop/views.py", 30},
                                                {"main", "/srv/shop/wsgi.py", 1}};

std::string postgres_at_5432(const std::string& peer) {
  return peer == "127.0.0.1:5432" ? "postgres" : "";
}

PythonSample seen(ThreadActivity activity, std::vector<PythonFrame> frames, std::string peer = "") {
  return {.activity = activity, .peer = std::move(peer), .frames = std::move(frames)};
}

StackTally stack_tally(const std::vector<PythonSample>& samples) {
  StackTally tally;
  for (const PythonSample& sample : samples) tally.add(sample, kFunctions);
  return tally;
}

TEST(InsideBook, TellsEachFunctionAndStackOnce) {
  InsideBook book;
  const auto running = seen(ThreadActivity::kRunning, {{0, 41}, {1, 3}});
  const auto waiting = seen(ThreadActivity::kPeer, {{1, 5}}, "127.0.0.1:5432");
  const auto idle = seen(ThreadActivity::kIdle, {{1, 9}});
  book.add({.tier = "uwsgi", .looks = 1}, stack_tally({running, running, idle}), kFunctions,
           postgres_at_5432);
  const InsideNews first = book.take();
  EXPECT_EQ(first.first_function, 0u);
  EXPECT_THAT(first.added.functions, ElementsAre(kFunctions[0], kFunctions[1]));
  ASSERT_THAT(first.added.stacks, SizeIs(1));
  EXPECT_EQ(first.added.stacks[0],
            (RecordedStack{.activity = "running", .frames = {{0, 41}, {1, 3}}}));
  EXPECT_EQ(first.added.stretches[0].idle, 1u);
  EXPECT_THAT(first.added.stretches[0].counts, ElementsAre(RecordedCount{0, 2}));

  book.add({.tier = "uwsgi"}, stack_tally({running, waiting}), kFunctions, postgres_at_5432);
  const InsideNews second = book.take();
  EXPECT_EQ(second.first_stack, 1u);
  EXPECT_EQ(second.first_function, 2u);
  EXPECT_THAT(second.added.functions, IsEmpty());
  ASSERT_THAT(second.added.stacks, SizeIs(1));
  EXPECT_EQ(second.added.stacks[0].peer_tier, "postgres");
  EXPECT_THAT(second.added.stretches[0].counts,
              ElementsAre(RecordedCount{0, 1}, RecordedCount{1, 1}));
  EXPECT_FALSE(book.any_news());
}

TEST(InsideBook, KeepsTiersApartWhoseFunctionsHaveTheSameNumbers) {
  InsideBook book;
  const auto running = seen(ThreadActivity::kRunning, {{0, 1}});
  const std::vector<PythonFunction> others = {{"task", "/srv/jobs.py", 1}};
  book.add({.tier = "uwsgi"}, stack_tally({running}), kFunctions, postgres_at_5432);
  book.add({.tier = "celery"}, stack_tally({running}), others, postgres_at_5432);
  const RecordedInside added = book.take().added;
  ASSERT_THAT(added.stacks, SizeIs(2));
  EXPECT_EQ(added.functions[added.stacks[0].frames[0].function].name, "render");
  EXPECT_EQ(added.functions[added.stacks[1].frames[0].function].name, "task");
}

TEST(InsideBook, IsBoundedAndSaysWhatItShortened) {
  InsideBook book;
  std::size_t frames = 0;
  for (std::uint32_t number = 0; frames <= InsideBook::kMostFrames; ++number) {
    std::vector<PythonFrame> stack(1000, PythonFrame{1, 2});
    stack.front() = {0, 5};
    stack.back() = {1, 10 + number};
    book.add({.tier = "uwsgi"}, stack_tally({seen(ThreadActivity::kRunning, stack)}), kFunctions,
             postgres_at_5432);
    frames += stack.size();
  }
  const RecordedInside added = book.take().added;
  EXPECT_EQ(added.stretches.front().shortened, 0u);
  EXPECT_EQ(added.stretches.back().shortened, 1u);
  EXPECT_THAT(added.stacks.back().frames, ElementsAre(PythonFrame{0, 5}));
}

TEST(InsideBook, HasStatementsWithWhatTheyWaitFor) {
  StatementTally tally;
  const auto count = [&](BackendActivity activity, std::uint32_t statement,
                         std::optional<std::uint32_t> wait) {
    tally.add({.activity = activity, .statement = statement, .wait = wait});
  };
  const std::uint32_t lock = std::uint32_t{kWaitLock} << 24 | 4;
  count(BackendActivity::kRunning, 0, 0);
  count(BackendActivity::kWaiting, 0, lock);
  count(BackendActivity::kWaiting, 0, lock);
  count(BackendActivity::kIdleInTransaction, 1, 0x06000000);
  count(BackendActivity::kIdle, kNoStatement, 0);
  count(BackendActivity::kRunning, kNoStatement, std::nullopt);
  InsideBook book;
  book.add({.tier = "postgres"}, tally, {"update stock", "begin"}, 15);
  const RecordedInside added = book.take().added;
  std::map<std::string, std::uint64_t> by_words;
  for (const RecordedCount& one : added.stretches[0].counts) {
    const RecordedStack& stack = added.stacks[one.stack];
    const std::string text =
        stack.frames.empty() ? "?" : added.functions[stack.frames[0].function].name;
    by_words[text + "|" + stack.activity + "|" + stack.peer] = one.samples;
  }
  const std::string wait = "Lock " + std::string(wait_event_name(lock, 15));
  EXPECT_EQ(by_words, (std::map<std::string, std::uint64_t>{{"update stock|running|", 1},
                                                            {"update stock|waiting|" + wait, 2},
                                                            {"begin|idle-in-transaction|", 1},
                                                            {"?|running|", 1}}));
  EXPECT_EQ(added.stretches[0].idle, 1u);
  EXPECT_EQ(added.stretches[0].content, InsideContent::kStatements);
}

}  // namespace
}  // namespace tierwatch
