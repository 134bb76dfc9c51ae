// SPDX-License-Identifier: MIT
#include "daemon/commands/mark_command.h"

#include "collectors/text/printable_text.h"
#include "daemon/service/mark_socket.h"

namespace tierwatch {

int run_mark(const MarkOptions& options, std::ostream& out, std::ostream& errors) {
  const std::vector<MarkReceipt> receipts = send_mark(options.text, mark_directories());
  bool marked = false;
  for (const MarkReceipt& receipt : receipts) {
    marked = marked || receipt.written_to.has_value();
    if (receipt.written_to)
      out << "marked in " << printable(*receipt.written_to) << '\n';
    else
      errors << told_line(receipt.socket.string() + ": " + receipt.problem);
  }
  if (receipts.empty())
    errors << "tierwatch: nothing is being recorded here: no `tierwatch record` of this user runs, "
              "and no daemon that keeps history\n";
  return marked ? 0 : 1;
}

}  // namespace tierwatch
