// SPDX-License-Identifier: MIT
//
// The memory of a made-up backend of a database server, laid out as version 15 has it.
#pragma once

#include <string_view>

#include "tests/support/fake_memory.h"

namespace tierwatch {

struct FakeBackend {
  static constexpr std::uint64_t kImage = 0x400000, kVariables = 0x500000, kText = 0x600ff0,
                                 kStatus = 0x700000, kProc = 0x800000, kStatusText = 0x900000,
                                 kLock = 0xa00000;
  static constexpr std::uint64_t kQuery = kVariables, kPid = kVariables + 8,
                                 kWait = kVariables + 16, kStatusAt = kVariables + 24,
                                 kProcAt = kVariables + 32, kTransaction = kVariables + 40;
  static constexpr std::uint64_t kStatusTextAt = kStatus + 184, kWaitInfo = kProc + 700;

  FakeMemory memory;

  /// `pid` is what it calls itself.
  explicit FakeBackend(std::int32_t pid = 77) {
    put_image(memory, kImage,
              {{"debug_query_string", kQuery},
               {"MyProcPid", kPid},
               {"my_wait_event_info", kWait},
               {"MyBEEntry", kStatusAt},
               {"MyProc", kProcAt},
               {"TopTransactionResourceOwner", kTransaction}});
    memory.put(kVariables, std::vector<std::byte>(64));
    memory.put(kStatus, std::vector<std::byte>(640));
    memory.put(kProc, std::vector<std::byte>(1024));
    memory.put_value(kPid, pid);
    memory.put_value(kWait, kWaitInfo);
    memory.put_value(kStatusAt, kStatus);
    memory.put_value(kProcAt, kProc);
    memory.put_value(kStatusTextAt, kStatusText);
    put_text(kStatusText, "");
  }

  void put_text(std::uint64_t address, std::string_view text) {
    memory.put(address, std::as_bytes(std::span(text)));
    memory.put_value(address + text.size(), '\0');
  }

  /// A statement begins; or, with an empty text, none is in hand any more.
  void at(std::string_view statement, std::uint32_t wait = 0, bool transaction = true) {
    memory.put_value(kQuery, statement.empty() ? std::uint64_t{0} : kText);
    if (!statement.empty()) {
      put_text(kText, statement);
      put_text(kStatusText, statement.substr(0, 1023));
      memory.put_value(kStatus, changes += 2);
    }
    memory.put_value(kWaitInfo, wait);
    memory.put_value(kTransaction, std::uint64_t{transaction});
  }

  struct Link {
    std::uint64_t lock, proc, leader;
    std::uint32_t held, released;
    std::uint64_t previous, next;
  };

  /// It waits in `mode` for a lock that these processes hold, in these modes as bits.
  void wait_for(std::uint32_t mode,
                const std::vector<std::pair<std::uint64_t, std::uint32_t>>& holders) {
    const std::uint64_t own = kLock + 0x100;
    memory.put(kLock, std::vector<std::byte>(256));
    memory.put_value(kProc + 104, kLock);
    memory.put_value(kProc + 112, own);
    memory.put_value(kProc + 120, mode);
    std::uint64_t previous = kLock + 24, at = own;
    const auto add = [&](std::uint64_t proc, std::uint32_t held, bool last) {
      memory.put_value(previous + 8, at + 32);
      memory.put_value(at, Link{kLock, proc, proc, held, 0, previous, last ? kLock + 24 : 0});
      previous = at + 32;
      at += 0x80;
    };
    add(kProc, 0, holders.empty());
    for (std::size_t i = 0; i < holders.size(); ++i)
      add(holders[i].first, holders[i].second, i + 1 == holders.size());
  }

  std::uint32_t changes = 0;
};

}  // namespace tierwatch
