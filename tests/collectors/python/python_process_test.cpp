// SPDX-License-Identifier: MIT
#include "collectors/python/python_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "collectors/memory/mapped_images.h"
#include "tests/support/fake_python.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A look at a made-up process.
class Looked {
 public:
  explicit Looked(const FakePython& python, nanoseconds now = seconds(1)) {
    auto memory = std::make_unique<FakeMemory>(python.memory);
    fake = memory.get();
    process = PythonProcess::find(std::move(memory), {0x1000, FakePython::kImage}, why);
    if (process) alive = process->look(functions, now, threads);
  }

  std::vector<std::string> names(std::size_t thread = 0) const {
    std::vector<std::string> names;
    for (const PythonFrame& frame : threads.at(thread).sample.frames)
      names.push_back(functions.all().at(frame.function).name + ":" + std::to_string(frame.line));
    return names;
  }

  FakeMemory* fake;
  FunctionBook functions;
  std::vector<InterpreterThread> threads;
  std::unique_ptr<PythonProcess> process;
  std::string why;
  bool alive = false;
};

/// One thread, in inner() called by outer().
struct TwoFrames : FakePython {
  TwoFrames() {
    // Two units of line 7, then line 9.
    const std::string lines{char(0x80 | 13 << 3 | 1), 0, char(0x80 | 13 << 3), 2 << 1};
    outer = code(U"outer", U"/srv/shop/views.py", 7, lines);
    inner = code(U"Shop.inner", U"/srv/shop/views.py", 40);
    below = frame(outer, 0, 2);
    top = frame(inner, below);
    only = thread(4711, top);
    start(interpreter(only));
  }
  std::uint64_t outer, inner, below, top, only;
};

TEST(PythonProcess, ReadsNamesFilesAndLines) {
  const Looked looked(TwoFrames{});
  ASSERT_TRUE(looked.alive) << looked.why;
  ASSERT_EQ(looked.threads.size(), 1u);
  EXPECT_THAT(looked.names(), ElementsAre("Shop.inner:40", "outer:9"));
  EXPECT_EQ(looked.functions.all()[0].file, "/srv/shop/views.py");
  EXPECT_EQ(looked.threads[0].native_id, 4711u);
  const PythonSample& sample = looked.threads[0].sample;
  EXPECT_FALSE(sample.moved || sample.torn || sample.cut);
  // The lock is a structure of the runtime's: where 3.11 has it.
  EXPECT_EQ(looked.threads[0].lock, FakePython::kRuntime + 360);
}

TEST(PythonProcess, ReadsAllThreadsOfAllInterpreters) {
  FakePython python;
  const std::uint64_t code = python.code(U"f", U"f.py", 1);
  const std::uint64_t second = python.thread(2, python.frame(code, 0));
  const std::uint64_t first = python.thread(1, 0, second);
  const std::uint64_t other = python.thread(3, python.frame(code, 0));
  python.start(python.interpreter(first, python.interpreter(other)));
  const Looked looked(python);
  ASSERT_EQ(looked.threads.size(), 3u);
  EXPECT_THAT(looked.names(0), IsEmpty());
  EXPECT_THAT(looked.names(1), ElementsAre("f:1"));
  EXPECT_EQ(looked.threads[2].native_id, 3u);
}

TEST(PythonProcess, ReadsNamesInAnyScript) {
  FakePython python;
  const std::uint64_t one = python.code(U"größe", U"caf\u00e9.py", 1);
  const std::uint64_t two = python.code(U"価格", U"\u0440\u0443.py", 1);
  const std::uint64_t four = python.code(U"\U0001d453", U"\x1b[2J", 1);
  python.start(python.interpreter(
      python.thread(1, python.frame(one, python.frame(two, python.frame(four, 0))))));
  const Looked looked(python);
  EXPECT_THAT(looked.names(), ElementsAre("größe:1", "価格:1", "𝑓:1"));
  EXPECT_EQ(looked.functions.all()[0].file, "café.py");
  EXPECT_EQ(looked.functions.all()[1].file, "ру.py");
}

TEST(PythonProcess, LeavesEntriesFromCOut) {
  FakePython python;
  const std::uint64_t code = python.code(U"f", U"f.py", 1);
  python.start(python.interpreter(
      python.thread(1, python.frame(code, python.frame(0, python.frame(code, 0), 0, 3)))));
  EXPECT_THAT(Looked(python).names(), ElementsAre("f:1", "f:1"));
}

TEST(PythonProcess, CutsStacksThatAreTooDeep) {
  FakePython python;
  const std::uint64_t code = python.code(U"f", U"f.py", 1);
  std::uint64_t frame = 0;
  for (std::size_t i = 0; i < kMostFrames + 1; ++i) frame = python.frame(code, frame);
  python.start(python.interpreter(python.thread(1, frame)));
  const Looked looked(python);
  EXPECT_TRUE(looked.threads[0].sample.cut);
  EXPECT_FALSE(looked.threads[0].sample.torn);
  EXPECT_EQ(looked.threads[0].sample.frames.size(), kMostFrames);
}

// Where frames are used anew while they are read, a chain may lead back into itself.
TEST(PythonProcess, AStackWithoutAnEndIsTorn) {
  for (const std::size_t length : {1u, 2u, 3u, 7u, 100u, 900u}) {
    FakePython python;
    const std::uint64_t code = python.code(U"f", U"f.py", 1);
    const std::uint64_t last = python.frame(code, 0);
    std::uint64_t frame = last;
    for (std::size_t i = 1; i < length; ++i) frame = python.frame(code, frame);
    python.memory.put_value(last + 48, frame);
    python.start(python.interpreter(python.thread(1, python.frame(code, frame))));
    const Looked looked(python);
    // One of some hundreds is longer than what is read.
    EXPECT_TRUE(looked.threads[0].sample.torn || (length == 900 && looked.threads[0].sample.cut))
        << length;
  }
}

TEST(PythonProcess, EndsListsOfThreadsAndInterpretersThatHaveNoEnd) {
  FakePython python;
  const std::uint64_t thread = python.thread(1, 0);
  python.memory.put_value(thread + 8, thread);
  const std::uint64_t interpreter = python.interpreter(thread);
  python.memory.put_value(interpreter, interpreter);
  python.start(interpreter);
  const Looked looked(python);
  EXPECT_LE(looked.threads.size(), PythonProcess::kMostThreads);
  EXPECT_LE(looked.fake->reads, BoundedMemory::kMostCalls + 100);
}

TEST(PythonProcess, CountsWhatIsNoStackAsTorn) {
  for (const std::uint64_t nonsense :
       {std::uint64_t{0xdead0000}, std::uint64_t{3}, ~std::uint64_t{7}, FakePython::kRuntime}) {
    TwoFrames python;
    python.memory.put_value(python.top + 48, nonsense);
    EXPECT_TRUE(Looked(python).threads.at(0).sample.torn) << std::hex << nonsense;
    TwoFrames other;
    other.memory.put_value(other.top + 32, nonsense);  // its code
    EXPECT_TRUE(Looked(other).threads.at(0).sample.torn) << std::hex << nonsense;
  }
}

TEST(PythonProcess, SaysThatAThreadMovedWhileItWasRead) {
  TwoFrames python;
  std::string why;
  const PythonLayout layout = *python_layout(python.memory, FakePython::kRuntime, 0x030b02f0, why);
  ThreadReader reader(layout, python.only);
  RawThread thread;
  ASSERT_TRUE(reader.read(python.memory, thread));
  EXPECT_FALSE(thread.moved);
  // The second time all comes in one call: the state, the pointer, pages, the pointer again.
  const std::size_t before = python.memory.reads;
  int piece = 0;
  python.memory.before_read = [&](FakeMemory& there) {
    if (++piece == 3) {
      there.before_read = nullptr;
      there.put_value(python.pointer_of(python.only), python.below);
    }
  };
  ASSERT_TRUE(reader.read(python.memory, thread));
  EXPECT_TRUE(thread.moved);
  EXPECT_FALSE(thread.torn);
  EXPECT_EQ(thread.frames.size(), 2u);
  EXPECT_LE(python.memory.reads - before, 2u);
}

TEST(PythonProcess, ReadsAThreadInOneCallOnceItKnowsIt) {
  TwoFrames python;
  Looked looked(python);
  const std::size_t before = looked.fake->reads;
  looked.process->look(looked.functions, seconds(1), looked.threads);
  // The runtime's list, the end of it, the interpreter's list of threads, and the thread.
  EXPECT_EQ(looked.fake->reads - before, 4u);
  EXPECT_EQ(looked.names().size(), 2u);
}

TEST(PythonProcess, LooksAgainWhetherAnAddressHoldsAnotherFunction) {
  TwoFrames python;
  Looked looked(python);
  const std::uint64_t name = python.text(U"newer");
  std::array<std::byte, 128> bytes;
  ASSERT_TRUE(python.memory.read(name, bytes));
  looked.fake->put(name, bytes);
  looked.fake->put_value(python.inner + 128, name);
  looked.process->look(looked.functions, seconds(3), looked.threads);
  EXPECT_EQ(looked.names().at(0), "newer:40");
}

TEST(PythonProcess, RefusesWhatItDoesNotKnow) {
  FakePython old;
  old.set_version(0x030c01f0);
  EXPECT_THAT(Looked(old).why, HasSubstr("Python 3.12"));
  FakePython described;
  described.set_version(0x030d01f0);  // but no cookie
  EXPECT_FALSE(Looked(described).process);
  std::string why;
  EXPECT_FALSE(PythonProcess::find(std::make_unique<FakeMemory>(), {0x400000, 8, 0}, why));
  EXPECT_THAT(why, HasSubstr("no CPython"));
  TwoFrames python;
  EXPECT_FALSE(python_layout(python.memory, FakePython::kRuntime, std::nullopt, why));
  EXPECT_THAT(why, HasSubstr("3.8 or older"));
}

// Two frames as 3.9 has them: objects of their own, with a distance instead of an address, and a
// thread that is known by what pthread_self(3) gives.
TEST(PythonProcess, Reads39) {
  FakePython python;
  const std::uint64_t code_type = FakePython::kImage + 0x640;
  put_image(python.memory, FakePython::kImage,
            {{"_PyRuntime", FakePython::kRuntime},
             {"PyFrame_GetCode", FakePython::kImage},
             {"PyCode_Type", code_type}});
  const std::string lines{4, 2};
  const auto code = [&](std::u32string_view name) {
    const std::uint64_t table = python.take(64), address = python.take(256);
    python.memory.put_value(table + 16, std::uint64_t{lines.size()});
    python.memory.put(table + 32, std::as_bytes(std::span(lines)));
    python.memory.put_value(address + 8, code_type);
    python.memory.put_value(address + 40, std::uint32_t{30});
    python.memory.put_value(address + 104, python.text(U"f.py"));
    python.memory.put_value(address + 112, python.text(name));
    python.memory.put_value(address + 120, table);
    return address;
  };
  const auto frame = [&](std::uint64_t of, std::uint64_t previous, std::int32_t last) {
    const std::uint64_t address = python.take(128);
    python.memory.put_value(address + 24, previous);
    python.memory.put_value(address + 32, of);
    python.memory.put_value(address + 104, last);
    return address;
  };
  const std::uint64_t thread = python.take(256), pthread = python.take(1024);
  python.memory.put_value(pthread + 720, std::uint32_t{4711});
  python.memory.put_value(thread + 24, frame(code(U"inner"), frame(code(U"outer"), 0, 6), -1));
  python.memory.put_value(thread + 176, pthread);
  const std::uint64_t interpreter = python.take(64);
  python.memory.put_value(interpreter + 8, thread);
  python.memory.put_value(FakePython::kRuntime + 32, interpreter);
  const Looked looked(python);
  ASSERT_TRUE(looked.alive) << looked.why;
  EXPECT_EQ(looked.process->layout().minor, 9);
  ASSERT_EQ(looked.threads.size(), 1u);
  EXPECT_THAT(looked.names(), ElementsAre("inner:30", "outer:32"));
  EXPECT_EQ(looked.threads[0].native_id, 4711u);
}

// From 3.13 on an interpreter says where it keeps things; the list is another one in each version.
TEST(PythonLayout, IsWhatTheInterpreterSaysOfItself) {
  for (const auto& [minor, frame_owner_place] : {std::pair{13, 33}, std::pair{14, 36}}) {
    FakePython python;
    const std::uint32_t version = 0x030000f0 | static_cast<std::uint32_t>(minor) << 16;
    for (std::size_t place = 3; place < 90; ++place)
      python.memory.put_value(FakePython::kRuntime + 8 * place, std::uint64_t{8 * place});
    python.memory.put(FakePython::kRuntime, std::as_bytes(std::span("xdebugpy", 8)));
    python.memory.put_value(FakePython::kRuntime + 8, std::uint64_t{version});
    python.memory.put_value(FakePython::kRuntime + 16, std::uint64_t{0});
    std::string why;
    const auto layout = python_layout(python.memory, FakePython::kRuntime, version, why);
    ASSERT_TRUE(layout) << why;
    EXPECT_EQ(layout->minor, minor);
    EXPECT_THAT(layout->frame_owner, testing::Optional(8u * frame_owner_place));
    EXPECT_EQ(layout->runtime_interpreters, 40u);
    python.memory.put_value(FakePython::kRuntime + 8 * frame_owner_place, ~std::uint64_t{0});
    EXPECT_FALSE(python_layout(python.memory, FakePython::kRuntime, version, why)) << "no offset";
    python.memory.put_value(FakePython::kRuntime + 16, std::uint64_t{1});
    EXPECT_FALSE(python_layout(python.memory, FakePython::kRuntime, version, why));
    EXPECT_THAT(why, HasSubstr("free-threaded"));
  }
}

TEST(PythonProcess, SurvivesAnyBytesAnywhere) {
  std::minstd_rand random(11);
  const TwoFrames good;
  const std::vector<std::uint64_t> pages = good.memory.pages();
  for (int round = 0; round < 400; ++round) {
    TwoFrames python;
    for (std::size_t change = random() % 6; change-- > 0;) {
      const std::uint64_t page = pages[random() % pages.size()];
      // Words that lead somewhere hurt more than those that do not.
      const std::uint64_t word =
          random() % 3 == 0 ? random() : pages[random() % pages.size()] + random() % 512 * 8;
      python.memory.put_value(page + random() % 512 * 8 % 1024, word);
    }
    Looked looked(python);
    for (int again = 0; looked.process && again < 2; ++again)
      looked.process->look(looked.functions, seconds(3 * again), looked.threads);
    for (const InterpreterThread& thread : looked.threads)
      EXPECT_LE(thread.sample.frames.size(), kMostFrames);
    for (const PythonFunction& function : looked.functions.all())
      EXPECT_LE(function.name.size(), 4 * kLongestText + 4);
  }
}

TEST(MappedImages, TakesFilesFromTheirFirstByteAndPythonsFirst) {
  const char* maps =
      "00400000-00420000 r--p 00000000 fd:00 12 /usr/bin/prog\n"
      "00420000-00520000 r-xp 00020000 fd:00 12 /usr/bin/prog\n"
      "7f0000000000-7f0000020000 r--p 00000000 fd:00 13 /usr/lib/libpython3.11.so.1.0 (deleted)\n"
      "7f1000000000-7f1000020000 rw-p 00000000 00:00 0 \n"
      "7f2000000000-7f2000020000 rw-p 00000000 00:00 0 [stack]\n"
      "nonsense\n-\n \n";
  EXPECT_THAT(mapped_images(maps, "python"), ElementsAre(0x7f0000000000u, 0x400000u));
}

}  // namespace
}  // namespace tierwatch
