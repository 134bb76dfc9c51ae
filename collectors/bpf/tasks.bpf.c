// SPDX-License-Identifier: MIT
//
// Runs in the kernel, once for each thread that the reader's pid namespace has, whenever the
// iterator is read. It only reads: no map but its two constants, no lock, nothing that waits.
#include "collectors/bpf/kernel_types.h"

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "collectors/bpf/task_record.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/// Set before it is loaded: how many CPUs may ever be there.
const volatile unsigned int possible_cpus = 1;

/// Never written. Where the CPUs keep its copies tells where they keep those of anything else.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, u64);
} yardstick SEC(".maps");

enum { kMostCpus = 512, kWordsAtOnce = 16, kMostBlocks = 64 };

/// How a task is numbered in the namespace `level` deep that the reader lives in; the iterator
/// shows only those that are numbered there.
static int number_of(struct pid* pid, unsigned int level) {
  int nr = 0;
  if (level > pid->level) return 0;
  const char* const at = (const char*)pid + bpf_core_field_offset(pid->numbers) +
                         level * bpf_core_type_size(struct upid) +
                         bpf_core_field_offset(struct upid, nr);
  bpf_probe_read_kernel(&nr, sizeof nr, at);
  return nr;
}

/// The verifier lets nobody reckon with addresses of maps and their values. What was read is a
/// number to it.
static u64 as_number(const void* pointer) {
  u64 number = 0;
  bpf_probe_read_kernel(&number, sizeof number, &pointer);
  return number;
}

/// What the CPUs have not added to the counters yet, as Linux 6.16 and later count for /proc.
static void add_pending(const u64* counters, struct ProcessRecord* record) {
  const u32 first = 0;
  const struct bpf_array* const array = (const struct bpf_array*)as_number(&yardstick);
  u64 base = 0;
  bpf_core_read(&base, sizeof base, &array->pptrs[0]);
  for (unsigned int cpu = 0; cpu < kMostCpus; ++cpu) {
    if (cpu >= possible_cpus) break;
    const char* const own = bpf_map_lookup_percpu_elem(&yardstick, &first, cpu);
    if (!own) break;
    const u64 away = as_number(own) - base;
    for (int i = 0; i < kPageCounts; ++i) {
      s32 part = 0;
      bpf_probe_read_kernel(&part, sizeof part, (const void*)(counters[i] + away));
      record->pages[i] += part;
    }
  }
}

/// Each member by a constant index: others are not moved to where the kernel has them.
static void read_memory(struct task_struct* task, struct ProcessRecord* record) {
  struct mm_struct* const mm = task->mm;
  if (!mm || task->flags & 0x00200000) return;  // PF_KTHREAD
  record->has_memory = 1;
  if (bpf_core_field_exists(mm->rss_stat[0].counters)) {
    record->pages[0] = mm->rss_stat[0].count;
    record->pages[1] = mm->rss_stat[1].count;
    record->pages[2] = mm->rss_stat[2].count;
    record->pages[3] = mm->rss_stat[3].count;
    u64 counters[kPageCounts] = {};
    bpf_core_read(&counters[0], sizeof(u64), &mm->rss_stat[0].counters);
    bpf_core_read(&counters[1], sizeof(u64), &mm->rss_stat[1].counters);
    bpf_core_read(&counters[2], sizeof(u64), &mm->rss_stat[2].counters);
    bpf_core_read(&counters[3], sizeof(u64), &mm->rss_stat[3].counters);
    add_pending(counters, record);
    return;
  }
  struct mm_struct___before_6_2* const old = (struct mm_struct___before_6_2*)mm;
  record->pages[0] = old->rss_stat.count[0].counter;
  record->pages[1] = old->rss_stat.count[1].counter;
  record->pages[2] = old->rss_stat.count[2].counter;
  record->pages[3] = old->rss_stat.count[3].counter;
}

static unsigned int bits_of(u64 word) {
  word -= word >> 1 & 0x5555555555555555;
  word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
  word = word + (word >> 4) & 0x0f0f0f0f0f0f0f0f;
  return word * 0x0101010101010101 >> 56;
}

/// As fs/proc/fd.c counts them. Tables of more than 65,536 are left to /proc.
static void count_fds(struct task_struct* task, struct ProcessRecord* record) {
  struct files_struct* const files = task->files;
  if (!files) return;
  struct fdtable* const table = files->fdt;
  if (!table) return;
  const unsigned int words = table->max_fds / 64;
  u64 bits = 0;
  bpf_core_read(&bits, sizeof bits, &table->open_fds);
  unsigned int count = 0;
  for (unsigned int block = 0; block < kMostBlocks; ++block) {
    const unsigned int done = block * kWordsAtOnce;
    if (done >= words) {
      record->fds_known = 1;
      record->open_fds = count;
      return;
    }
    u64 part[kWordsAtOnce] = {};
    if (bpf_probe_read_kernel(part, sizeof part, (const void*)(bits + done * 8))) return;
    for (int i = 0; i < kWordsAtOnce; ++i)
      if (done + i < words) count += bits_of(part[i]);  // what lies behind is something else
  }
}

static void read_process(struct task_struct* task, unsigned int level,
                         struct ProcessRecord* record) {
  struct signal_struct* const signal = task->signal;
  struct task_struct* const parent = task->real_parent;
  record->started = task->start_boottime;
  if (parent && parent->group_leader && parent->group_leader->thread_pid)
    record->parent = number_of(parent->group_leader->thread_pid, level);
  record->threads = signal->nr_threads;
  bpf_probe_read_kernel(record->comm, sizeof record->comm, task->comm);
  record->ended_run = signal->sum_sched_runtime;
  record->ended_user = signal->utime;
  record->ended_system = signal->stime;
  record->children_user = signal->cutime;
  record->children_system = signal->cstime;
  record->ended_major_faults = signal->maj_flt;
  record->children_major_faults = signal->cmaj_flt;
  record->ended_read_bytes = signal->ioac.read_bytes;
  record->ended_written_bytes = signal->ioac.write_bytes;
  read_memory(task, record);
  count_fds(task, record);
}

SEC("iter/task")
int dump_tasks(struct bpf_iter__task* context) {
  struct task_struct* const task = context->task;
  if (!task) return 0;
  const unsigned int level = bpf_get_current_task_btf()->thread_pid->level;
  struct pid* const own = task->thread_pid;
  struct task_struct* const leader = task->group_leader;
  if (!own || !leader || !leader->thread_pid) return 0;  // it has just ended
  struct ThreadRecord record = {
      .tid = number_of(own, level),
      .tgid = number_of(leader->thread_pid, level),
      .run = task->se.sum_exec_runtime,
      .delay = task->sched_info.run_delay,
      .slices = task->sched_info.pcount,
      .voluntary_switches = task->nvcsw,
      .involuntary_switches = task->nivcsw,
      .user_time = task->utime,
      .system_time = task->stime,
      .major_faults = task->maj_flt,
      .read_bytes = task->ioac.read_bytes,
      .written_bytes = task->ioac.write_bytes,
      .state = task->__state | task->exit_state,
  };
  bpf_seq_write(context->meta->seq, &record, sizeof record);
  if (record.tid != record.tgid) return 0;
  struct ProcessRecord process = {};
  read_process(task, level, &process);
  bpf_seq_write(context->meta->seq, &process, sizeof process);
  return 0;
}
