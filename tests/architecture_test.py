#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The house's rules that a compiler does not check: who may include whom, one door per
third-party library, one opener of /proc, files of a size one can read. Looks at text only."""

import re
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The rooms of each folder, from the bottom up: a room may include those that stand before it, and
# the folder's own nouns ("", files at its top). Equals on one line know nothing of each other.
ROOMS = {
    "collectors": ["text", "", "parse", "rules", "servers/conf", "servers", "sockets/reading",
                   "sockets/networks", "process sockets cgroups host memory", "bpf python statements", "native",
                   "loads", "loads/reading", "loads/series", "requests", "loads/formats"],
    "analysis": ["stats", "", "facts judge inside", "load", "runs", "compare hosts", "trend"],
    "exporters": ["", "prometheus json terminal/screen", "terminal/scene", "terminal/tables", "terminal/view",
                  "live", "recording http inside", "report", "report/plots", "report/formats",
                  "report/trend", "otlp scraped"],
    "daemon": ["service", "feeds", "doctor", "inside", "recorder", "sources", "commands top",
               "command_line", ""],
    "config": [""],
}

# Folder -> folders whose headers it may include. A few pairs are allowed for named headers only.
MAY_INCLUDE = {
    "collectors": {"collectors"},
    "analysis": {"analysis", "collectors"},
    "config": {"config"},
    "exporters": {"exporters", "analysis", "collectors"},
    "daemon": {"daemon", "exporters", "analysis", "collectors", "config"},
}
MAY_INCLUDE_HEADER = {
    "config": {"analysis/thresholds.h", "collectors/parse/directory_entries.h", "collectors/rules/tier_rules.h",
               "collectors/rules/pattern.h", "collectors/servers/servers.h"},
}

# Third-party header -> the only files that may include it.
DOORS = {
    r"elfutils/|(gelf|libelf|dwarf)\.h": [r"collectors/native/code_(file|expression)\.(cpp|h)"],
    r"linux/perf_event": [r"collectors/native/perf_\w+\.cpp"],
    r"bpf/": [r"collectors/bpf/task_iterator\.cpp"],
    r"libproc2/": [r"collectors/process/process_table\.cpp"],
    r"re2/": [r"collectors/rules/pattern\.cpp"],
    r"libmnl/|linux/(inet_diag|unix_diag|sock_diag|netlink)": [
        r"collectors/sockets/(reading|networks)/sock_diag\w*\.(cpp|h)", r"collectors/host/link_queues\.cpp"],
    r"prometheus/": [r"exporters/prometheus/prometheus_exporter\.cpp"],
    r"microhttpd\.h": [r"exporters/http/http_server\w*\.(cpp|h)"],
    r"gnutls/": [r"exporters/http/(tls_identity|password_book|page_policy)\.cpp"],
    r"crypt\.h": [r"exporters/http/password_book\.cpp"],
    r"nlohmann/": [
        r"exporters/json/json_writer\.h",
        r"collectors/loads/reading/json_events\.cpp",
    ],
    r"simdjson": [r"exporters/json/json_value\.h"],
    r"expat\.h": [r"collectors/loads/formats/jmeter_xml\.cpp"],
    r"curl/": [r"exporters/http/http_fetcher\.cpp"],
    r"zlib\.h": [r"exporters/http/http_text\.cpp", r"collectors/loads/reading/byte_source\.cpp"],
    r"toml\+\+/|toml\.hpp": [r"config/load_config\w*\.(cpp|h)", r"config/top_settings\.cpp"],
    r"yaml\.h": [r"config/web_config_file\.cpp"],
    r"CLI/": [r"daemon/command_line/command_line\w*\.cpp"],
    r"fmt/": [r"collectors/text/format\.h"],
    r"utf8proc\.h": [r"exporters/glyphs\.cpp"],
    r"spdlog/": [r"daemon/service/log\w*\.(cpp|h)"],
    r"systemd/": [r"daemon/service/service_manager\.cpp"],
    r"sqlite3\.h": [r"exporters/recording/recording\w*\.cpp"],
    r"n?curses(w/|\.h)|term\.h": [r"exporters/terminal/screen/terminal\.cpp"],
    r"Eigen/": [r"analysis/runs/scalability_fit\.cpp", r"analysis/stats/least_squares\.cpp"],
    r"boost/": [r"analysis/stats/estimate\.cpp"],
}

# libproc2 reads the real /proc whatever we tell it, so the table that stands on it does, too. And
# foreign_file opens what others name, by way of its own /proc/self/fd, as mapped_file does.
MAY_OPEN_KERNEL_FILES = {"collectors/parse/proc_fs.cpp", "collectors/process/process_table.cpp",
                         "collectors/parse/foreign_file.cpp", "collectors/parse/mapped_file.cpp"}

LONGEST_FILE = 400
LONGEST_FUNCTION = 60

# What else is written by hand and has a size that one can read.
OTHER_SOURCES = {"tests": (".h", ".cpp", ".py"), "scripts": (".py", ".sh", ".cmake", ""),
                 "exporters": (".js", ".css")}
NOT_BY_HAND = re.compile(r"tests/(fixtures|golden)/")

# Collectors and judge know servers by their traits (collectors/servers/server_traits.h), never by name.
SERVER_NAMES = re.compile("nginx|uwsgi|gunicorn|php.fpm|postgres|pgbouncer|redis|memcached|mysql|mongodb"
                          "|haproxy|celery|\"apache", re.IGNORECASE)
# Nor does what all servers' rows share.
KNOWS_NO_SERVER = re.compile(r"analysis/|collectors/(?!servers/)"
                             r"|collectors/servers/server_")

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
KERNEL_FILE_OPENER = re.compile(
    r'\b(open|openat|fopen|freopen|opendir|stat|lstat|readlink|ifstream|fstream'
    r'|directory_iterator|exists|read_symlink)\b[^;]{0,80}?"/(proc|sys)[/"]')
ANY_OPENER = re.compile(r'\b(fopen|freopen|opendir|directory_iterator|ifstream)\b|::open(at)?\(')


def sources(root):
    """(path below root, text) of every source file of the product's folders."""
    for folder in MAY_INCLUDE:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def other_sources(root):
    for folder, suffixes in OTHER_SOURCES.items():
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and path.suffix in suffixes and not NOT_BY_HAND.match(name) and (
                    "__pycache__" not in name):
                yield name, path.read_text(encoding="utf-8")


def without_comments(text):
    """The code with comments blanked; line numbers stay."""
    def blank(match):
        return match[0] if match[0][0] == '"' else re.sub(r"[^\n]", " ", match[0])
    return re.sub(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', blank, text, flags=re.DOTALL)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def room_of(path):
    """("analysis", "judge") of analysis/judge/verdict.cpp; ("analysis", "") of analysis/snapshot.h,
    ("collectors", "loads/formats") of collectors/loads/formats/wrk.cpp."""
    parts = path.split("/")
    return parts[0], "/".join(parts[1:-1])


def height_of(folder, room):
    return next((i for i, rooms in enumerate(ROOMS[folder]) if room in (rooms.split() or [""])), None)


def room_problem(path, header):
    """Inside a folder: not upwards, and not to an equal."""
    (folder, room), (target, target_room) = room_of(path), room_of(header)
    if folder != target or room == target_room:
        return None
    here, there = height_of(folder, room), height_of(folder, target_room)
    if here is None or there is None:
        return f"{folder}/{room or target_room}/ is no room of ROOMS"
    return None if there < here else f"{folder}/{room}/ may not include {header}"


def direction_problem(path, header):
    folder, target = path.split("/")[0], header.split("/")[0]
    if target not in MAY_INCLUDE or target in MAY_INCLUDE[folder]:
        return room_problem(path, header) if target in MAY_INCLUDE else None
    if header in MAY_INCLUDE_HEADER.get(folder, ()):
        return None
    return f"{folder}/ may not include {header}"


def door_problem(path, header):
    for library, doors in DOORS.items():
        if re.match(library, header) and not any(re.fullmatch(door, path) for door in doors):
            return f"{header} may be included only by {' '.join(doors)}"
    return None


def include_problems(path, text):
    code = without_comments(text)
    for match in INCLUDE.finditer(code):
        for problem in (direction_problem(path, match[1]), door_problem(path, match[1])):
            if problem:
                yield f"{path}:{line_of(code, match.start(1))}: {problem}"
        if match[1].startswith("."):
            yield f"{path}:{line_of(code, match.start(1))}: includes are written from the root"


def kernel_file_problems(path, text):
    """Only MAY_OPEN_KERNEL_FILES open files below /proc and /sys; collectors open nothing else."""
    if path in MAY_OPEN_KERNEL_FILES:
        return
    code = without_comments(text)
    patterns = [KERNEL_FILE_OPENER] + (
        [ANY_OPENER] if re.match(r"collectors/(?!loads/)", path) else [])
    for pattern in patterns:
        for match in pattern.finditer(code):
            line = line_of(code, match.start())
            yield f"{path}:{line}: {match[1] or match[0]} outside collectors/parse/proc_fs"


def server_name_problems(path, text):
    if KNOWS_NO_SERVER.match(path):
        code = without_comments(text)
        for match in SERVER_NAMES.finditer(code):
            yield (f"{path}:{line_of(code, match.start())}: {match[0]} is asked for by name: "
                   "what is meant is a trait")


def size_problems(path, text):
    lines = text.count("\n")
    if lines > LONGEST_FILE:
        yield f"{path}: {lines} lines, more than {LONGEST_FILE}: split it by meaning"


# What may be said once in a joint file: types, and constants, several of which one statement may hold. (Functions may
# differ in their arguments.)
UNNAMED_TYPE = re.compile(r"^\s*(?:template <[^;{]*>\s*)?(?:struct|class|enum|enum class)\s+(\w+)\s*(?::[^;{]*)?\{", re.MULTILINE)
UNNAMED_CONSTANTS = re.compile(r"^\s*(?:inline\s+|static\s+)*(?:constexpr|const)\b[^;()]*", re.MULTILINE)
UNNAMED_CONSTANT = re.compile(r"\b(k[A-Z]\w*)\s*(?:\[[^\]]*\]\s*)?(?:=|\{|$)")

# Blocks that hold functions, and heads of blocks that are none.
HOLDS_FUNCTIONS = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^()]*$")
TEXT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'')
RAW_TEXT = re.compile(r'R"(\w*)\((.*?)\)\1"', re.DOTALL)


def without_texts(code):
    """The code with what stands in quotes blanked; line numbers stay."""
    code = RAW_TEXT.sub(lambda match: '""' + "\n" * match[0].count("\n"), code)
    return TEXT.sub('""', code)


def functions(text):
    """(line of the head's end, lines between its braces) of every block that stands in a namespace or
    class and follows a ")": functions, and lambdas that stand alone."""
    code = without_texts(without_comments(RAW_TEXT.sub(
        lambda match: '""' + "\n" * match[0].count("\n"), text)))
    code = re.sub(r"^[ \t]*#.*$", "", code, flags=re.MULTILINE)
    blocks, begin = [], 0  # of each open block: (line, whether it is a function); where the head began
    for brace in re.finditer(r"[{};]", code):
        line = line_of(code, brace.start())
        if brace[0] == "{":
            head = code[begin:brace.start()]
            within = any(function for _, function in blocks)
            blocks.append((line, not within and ")" in head and not HOLDS_FUNCTIONS.search(head)))
        elif brace[0] == "}" and blocks:
            opened, function = blocks.pop()
            if function:
                yield opened, line - opened - 1
        begin = brace.end()


def function_problems(path, text):
    for line, lines in functions(text):
        if lines > LONGEST_FUNCTION:
            yield (f"{path}:{line}: a function of {lines} lines, more than {LONGEST_FUNCTION}: "
                   "split it by meaning")


def unnamed_blocks(text):
    """What stands in unnamed namespaces, without the bodies of what is defined there."""
    code = without_texts(without_comments(text))
    for begin in re.finditer(r"\bnamespace\s*\{", code):
        depth, block = 1, []
        for char in code[begin.end():]:
            depth += (char == "{") - (char == "}")
            if depth == 0:
                break
            if depth == 1 or (depth == 2 and char == "{"):
                block.append(";" if char == "}" else char)
        yield "".join(block)


def unnamed_names(text):
    for block in unnamed_blocks(text):
        yield from UNNAMED_TYPE.findall(block)
        for statement in UNNAMED_CONSTANTS.findall(block):
            yield from UNNAMED_CONSTANT.findall(statement)


def unity_problems(files):
    """Sources of a folder are compiled several together: names of their unnamed namespaces must differ."""
    seen = {}
    for path, text in files:
        if not path.endswith(".cpp"):
            continue
        for name in set(unnamed_names(text)):
            first = seen.setdefault((path.split("/")[0], name), path)
            if first != path:
                yield f"{path}: {name} stands in an unnamed namespace of {first}, too"


# A type of a header, at the begin of a line: within the namespace, not within another type.
SHARED_TYPE = re.compile(r"^(?:struct|class)\s+(\w+)\s*(?:final\s*)?(?::(?!:)[^;{]*)?\{", re.MULTILINE)


def shared_type_problems(files):
    """Two types of one name in the namespace are one for the linker: each would be destroyed as the other is."""
    seen = {}
    for path, text in files:
        if not path.endswith(".h"):
            continue
        for name in set(SHARED_TYPE.findall(without_texts(without_comments(text)))):
            first = seen.setdefault(name, path)
            if first != path:
                yield f"{path}: {name} is a type of {first}, too"


def licence_problems(path, text):
    if not text.startswith("// SPDX-License-Identifier: MIT\n"):
        yield f"{path}:1: the first line names the licence: // SPDX-License-Identifier: MIT"


CHECKS = (include_problems, kernel_file_problems, server_name_problems, size_problems,
          function_problems, licence_problems)


def problems_of(root):
    return [p for path, text in sources(root) for check in CHECKS for p in check(path, text)] + \
        list(unity_problems(sources(root))) + list(shared_type_problems(sources(root))) + \
        [p for path, text in other_sources(root) for p in size_problems(path, text)] + \
        [p for path, text in other_sources(root) if path.endswith((".h", ".cpp"))
         for p in function_problems(path, text)]


class TheHouse(unittest.TestCase):
    def test_keeps_its_rules(self):
        problems = problems_of(ROOT)
        self.assertFalse(problems, "\n" + "\n".join(problems))

    def test_is_not_empty(self):
        self.assertGreater(len(list(sources(ROOT))), 20)
        self.assertGreater(len(list(other_sources(ROOT))), 20)
        self.assertGreater(sum(len(list(functions(text))) for _, text in sources(ROOT)), 1000)


LONG_FUNCTION = ("namespace a {\nconst char* kText = \"} {\";\nint A::f(int x) const {\n"
                 + "  if (x) { g(); }\n" * 61 + "}\n}\n")


class MadeUpTree(unittest.TestCase):
    """Each rule, broken on purpose: the checks can fail."""

    def problems(self, path, body):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / path
            file.parent.mkdir(parents=True)
            file.write_text("// SPDX-License-Identifier: MIT\n" + body, encoding="utf-8")
            return problems_of(Path(folder))

    def test_accepts(self):
        for path, body in {
            "analysis/a.cpp": '#include "collectors/reading.h"\n#include <vector>\n',
            "config/c.h": '#include "collectors/rules/tier_rules.h"\n',
            "collectors/process/process_table.cpp": "#include <libproc2/pids.h>\n",
            "collectors/parse/proc_fs.cpp": 'int fd = ::open("/proc/stat", 0);\n',
            "daemon/d.cpp": '// open("/proc/stat") is not done here\n',
            "exporters/e.cpp": 'auto note = "/proc is mounted with hidepid";\n',
        }.items():
            with self.subTest(path):
                self.assertEqual(self.problems(path, body), [])

    def test_refuses(self):
        for path, body, said in (
            ("collectors/a.h", '#include "analysis/snapshot.h"\n', "a.h:2: collectors/ may not"),
            ("analysis/a.cpp", '#include "exporters/http/routes.h"\n', "analysis/ may not"),
            ("config/a.cpp", '#include "collectors/reading.h"\n', "config/ may not"),
            ("exporters/a.cpp", '#include "config/config.h"\n', "exporters/ may not"),
            ("exporters/a.cpp", '#  include <nlohmann/json.hpp>\n', "only by exporters/json/json_writer"),
            ("daemon/main.cpp", "#include <CLI/CLI.hpp>\n", "only by daemon/command_line/command_line"),
            ("daemon/pump.cpp", "\n#include <systemd/sd-daemon.h>\n", "pump.cpp:3:"),
            ("daemon/a.cpp", '#include "../config/config.h"\n', "from the root"),
            ("daemon/a.cpp", 'std::ifstream in("/proc/loadavg");\n', "outside collectors/parse/proc_fs"),
            ("collectors/a.cpp", "DIR* d = opendir(path);\n", "opendir outside"),
            ("analysis/judge/a.cpp", 'if (tier.preset == "nginx") {\n', "is a trait"),
            ("collectors/process/a.cpp", "bool is_postgres;\n", "is a trait"),
            ("collectors/servers/server_files.cpp", 'if (preset == "redis") {\n', "is a trait"),
            ("analysis/facts/a.cpp", '#include "analysis/judge/verdict.h"\n', "may not include"),
            ("analysis/judge/a.cpp", '#include "analysis/runs/demand.h"\n', "may not include"),
            ("analysis/a.cpp", "int x;\n" * 400, "401 lines"),
            ("tests/a_test.cpp", "int x;\n" * 400, "401 lines"),
            ("tests/stack/test_a.py", "a = 1\n" * 400, "401 lines"),
            ("analysis/a.cpp", LONG_FUNCTION, "a.cpp:4: a function of 61 lines"),
            ("tests/a_test.cpp", LONG_FUNCTION, "a_test.cpp:4: a function of 61 lines"),
        ):
            with self.subTest(path=path, body=body[:40]):
                self.assertIn(said, "\n".join(self.problems(path, body)))

    def test_refuses_one_name_in_two_files_that_are_compiled_together(self):
        one = ("analysis/a.cpp", "namespace {\nstruct Part { int kX; };\nconstexpr int kFew = 1, kMost = 2;\n}\n")
        self.assertEqual(len(list(unity_problems([one, ("analysis/b.cpp", one[1])]))), 3)
        self.assertFalse(list(unity_problems([one, ("daemon/b.cpp", one[1])])))

    def test_refuses_two_types_of_one_name(self):
        files = [("collectors/a.h", "class Tally {\n};\nstruct Row;\n"),
                 ("analysis/b.h", "struct Tally : Base {\n};\nstruct Row {\n};\nstruct Tally::Part {\n};\n")]
        self.assertEqual(list(shared_type_problems(files)), ["analysis/b.h: Tally is a type of collectors/a.h, too"])

    def test_wants_the_licence_first(self):
        self.assertTrue(list(licence_problems("analysis/a.h", "#pragma once\n")))


if __name__ == "__main__":
    unittest.main()
