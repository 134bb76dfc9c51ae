// SPDX-License-Identifier: MIT
//
// What the BPF program reads of the kernel's own structures, and no more: each access is moved to
// where the running kernel has the member (CO-RE), by its name and type. Names are the kernel's.
// A suffix after three underscores is ignored: it tells two ages of one structure apart.
#pragma once

typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct upid {
  int nr;
};

struct pid {
  unsigned int level;
  struct upid numbers[1];
};

struct sched_entity {
  u64 sum_exec_runtime;
};

struct sched_info {
  unsigned long pcount;
  unsigned long long run_delay;
};

struct task_io_accounting {
  u64 read_bytes;
  u64 write_bytes;
};

struct signal_struct {
  int nr_threads;
  u64 utime, stime, cutime, cstime;
  unsigned long maj_flt, cmaj_flt;
  struct task_io_accounting ioac;
  unsigned long long sum_sched_runtime;
};

struct percpu_counter {
  s64 count;
  s32* counters;
};

// From Linux 6.2 on.
struct mm_struct {
  struct percpu_counter rss_stat[4];
};

// Before.
typedef struct {
  s64 counter;
} atomic_long_t;

struct mm_rss_stat {
  atomic_long_t count[4];
};

struct mm_struct___before_6_2 {
  struct mm_rss_stat rss_stat;
};

struct fdtable {
  unsigned int max_fds;
  unsigned long* open_fds;
};

struct files_struct {
  struct fdtable* fdt;
};

struct task_struct {
  unsigned int __state;
  int exit_state;
  unsigned int flags;
  struct sched_entity se;
  struct sched_info sched_info;
  struct mm_struct* mm;
  int pid;
  int tgid;
  struct task_struct* real_parent;
  struct task_struct* group_leader;
  struct pid* thread_pid;
  u64 utime, stime;
  unsigned long nvcsw, nivcsw;
  u64 start_boottime;
  unsigned long maj_flt;
  char comm[16];
  struct files_struct* files;
  struct signal_struct* signal;
  struct task_io_accounting ioac;
};

struct seq_file;

struct bpf_iter_meta {
  struct seq_file* seq;
};

struct bpf_iter__task {
  struct bpf_iter_meta* meta;
  struct task_struct* task;
};

// A map of kind array.
struct bpf_array {
  void* pptrs[1];
};

#pragma clang attribute pop
