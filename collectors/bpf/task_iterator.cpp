// SPDX-License-Identifier: MIT
#include "collectors/bpf/task_iterator.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "collectors/bpf/embedded_program.h"
#include "collectors/parse/proc_fs.h"

namespace tierwatch {
namespace {

/// What libbpf last complained of in this thread: it tells more than its errno.
thread_local std::string last_complaint;

int take_complaint(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  char text[512] = {};
  std::vsnprintf(text, sizeof text, format, arguments);
  const std::string_view line(text, std::strcspn(text, "\n"));
  if (!line.empty() && last_complaint.empty()) last_complaint = line;
  return 0;
}

[[noreturn]] void fail(const char* what, int error) {
  std::string text = std::string(what) + ": " + std::strerror(error < 0 ? -error : error);
  if (!last_complaint.empty()) text += " (" + last_complaint + ")";
  throw TaskIteratorError(text);
}

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
struct DestroyLink {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

std::unique_ptr<bpf_object, CloseObject> open_program() {
  LIBBPF_OPTS(bpf_object_open_opts, options);
  options.object_name = "tierwatch";
  const auto bytes = embedded_bpf_program();
  bpf_object* const object = bpf_object__open_mem(bytes.data(), bytes.size(), &options);
  if (!object) fail("the program cannot be read", errno);
  return std::unique_ptr<bpf_object, CloseObject>(object);
}

/// Constants of the program, before it is loaded.
void set_possible_cpus(bpf_object& object) {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus <= 0) fail("the number of CPUs is not known", cpus);
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, &object) {
    const auto value = static_cast<unsigned>(cpus);
    if (!std::strstr(bpf_map__name(map), ".rodata")) continue;
    if (const int error = bpf_map__set_initial_value(map, &value, sizeof value))
      fail("its constants cannot be set", error);
  }
}

class BpfTaskIterator : public TaskIterator {
 public:
  BpfTaskIterator() {
    last_complaint.clear();
    libbpf_set_print(take_complaint);
    object_ = open_program();
    set_possible_cpus(*object_);
    if (const int error = bpf_object__load(object_.get())) fail("the kernel refuses it", error);
    bpf_program* const program = bpf_object__find_program_by_name(object_.get(), "dump_tasks");
    link_.reset(program ? bpf_program__attach_iter(program, nullptr) : nullptr);
    if (!link_) fail("it cannot be attached", errno);
  }

  std::span<const std::byte> read() override {
    const FileDescriptor file(bpf_iter_create(bpf_link__fd(link_.get())));
    if (!file) fail("it cannot be started", errno);
    std::size_t filled = 0;
    while (true) {
      if (bytes_.size() - filled < kAtOnce) bytes_.resize(filled + 2 * kAtOnce);
      const ssize_t got = ::read(file.get(), bytes_.data() + filled, kAtOnce);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("it cannot be read", errno);
      if (got == 0) return {bytes_.data(), filled};
      filled += static_cast<std::size_t>(got);
    }
  }

 private:
  static constexpr std::size_t kAtOnce = 1 << 17;  // the kernel gives 32 kB at a time

  std::unique_ptr<bpf_object, CloseObject> object_;
  std::unique_ptr<bpf_link, DestroyLink> link_;
  std::vector<std::byte> bytes_;
};

}  // namespace

bool has_task_iterator() { return true; }

std::unique_ptr<TaskIterator> make_task_iterator() { return std::make_unique<BpfTaskIterator>(); }

}  // namespace tierwatch
