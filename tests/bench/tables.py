# SPDX-License-Identifier: MIT
"""The numbers of a run as Markdown: medians with (best–worst) of the rounds, where they differ."""

import statistics

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"

# What tierwatch needs of each process, read in a bare loop: the kernel's share of a tick.
FLOOR_FILES = ["stat", "status", "list of task", "task/*/schedstat", "fd (stat)"]
KEPT_FILES = {"stat", "status", "task/*/schedstat", "fd (stat)"}

TICK_TARGET_MS, RESIDENT_TARGET_MIB, SCRAPE_TARGET_MS = 10, 20, 5


def number(value):
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values):
    middle, low, high = map(number, (statistics.median(values), min(values), max(values)))
    return middle if low == high else f"{middle} ({low}–{high})"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" + " ---: |" * (len(head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def values_of(comparison, watcher, key):
    return [run[key] for run in comparison["runs"] if run["watcher"] == watcher and key in run]


def floor_ms(floors, processes, kept):
    """Milliseconds in each round for FLOOR_FILES of all processes, and one list of /proc."""
    sums = []
    for floor in floors:
        per_process = floor["list of /proc|open"][1]
        for file in FLOOR_FILES:
            how = "kept" if kept and f"{file}|kept" in floor and file in KEPT_FILES else "open"
            per_process += floor[f"{file}|{how}"][1]
        sums.append(per_process * processes / 1000)
    return sums


def machine_section(results):
    facts = results["machine"]
    text = (f"Measured on {facts['date']}: {facts['cores']} cores ({facts['processor']}), "
            f"{facts['memory_gib']:.0f} GiB, Linux {facts['kernel']}, {facts['system']}. "
            f"Before the herd came, {facts['processes_before']} processes with "
            f"{facts['threads_before']} threads ran, load {facts['load_before']:.2f}. "
            f"{facts['rounds']} {'round' if facts['rounds'] == 1 else 'rounds'} of "
            f"{facts['seconds']} s per program. "
            f"Packages: {', '.join(facts['packages'])}.\n")
    if results["missing"]:
        text += f"\nNot installed, so not measured: {', '.join(results['missing'])}.\n"
    return text


def kind_sentence(comparison):
    kind = comparison["herd"]
    text = (f"{comparison['title']}: {kind['processes']} processes, {kind['threads']} threads and "
            f"{kind['fds']} descriptors each, ")
    if kind["busy_share"] == 0:
        text += "all threads asleep"
    else:
        text += (f"every thread of {kind['busy_share']:.0%} of them wakes {kind['hertz']:g} times a "
                 f"second and burns {kind['burn_us']} µs")
    return text + f" (the herd itself used {comparison['herd_cores']:.2f} cores)"


def comparison_row(name, costs, own_costs, resident):
    cells = [name]
    for values, own in zip(costs, own_costs):
        cells.append(spread(values) if values else "–")
        ratio = statistics.median(values) / statistics.median(own) if values and own else None
        cells.append(f"{number(ratio)} ×" if ratio is not None else "–")
    return cells + [spread(resident) if resident else "–"]


def comparison_section(comparisons):
    names = list(dict.fromkeys(run["watcher"] for run in comparisons[0]["runs"]))
    own = [values_of(comparison, "tierwatch", "cpu_ms") for comparison in comparisons]
    rows = []
    for name in names:
        costs = [values_of(comparison, name, "cpu_ms") for comparison in comparisons]
        resident = [value for each in comparisons for value in values_of(each, name, "resident_mib")]
        rows.append((statistics.median(costs[0]) if costs[0] else 0,
                     comparison_row(name, costs, own, resident)))
    for kept, label in ((False, "bare loop, open + read + close"), (True, "bare loop, kept open")):
        costs = [floor_ms(each["floors"], each["herd"]["processes"], kept) for each in comparisons]
        rows.append((statistics.median(costs[0]), comparison_row(label, costs, own, [])))
    rows.sort(key=lambda row: -row[0])
    head = ["CPU per sample, ms"]
    for comparison in comparisons:
        head += [f"{comparison['title']} herd", "of tierwatch"]
    text = "".join(f"- {kind_sentence(each)}\n" for each in comparisons) + "\n"
    return text + table(head + ["resident, MiB"], [row for _, row in rows])


def floor_section(comparisons):
    rows = []
    for key in comparisons[0]["floors"][0]:
        file, how = key.split("|")
        cells = [f"`{file}`" if not file.startswith("list of ") else file, how]
        for comparison in comparisons:
            cells.append(spread([floor[key][1] for floor in comparison["floors"] if key in floor]))
        rows.append(cells)
    head = ["kernel file", "how"] + [f"µs per process, {each['title']} herd" for each in comparisons]
    return table(head, rows)


SCRAPE_KINDS = (  # words, gzip, one per sample, herd
    ("identity", False, False, "busy"), ("gzip", True, False, "busy"),
    ("gzip, one per sample", True, True, "idle"), ("gzip, one per sample", True, True, "busy"))


def scrapes_of(scrapes, gzip, lone, herd):
    return [scrape for scrape in scrapes if scrape["gzip"] == gzip and scrape.get("lone", False) == lone
            and scrape.get("herd", "busy") == herd]


def scrape_section(scrapes):
    rows = []
    for kind, gzip, lone, herd in SCRAPE_KINDS:
        if not (runs := scrapes_of(scrapes, gzip, lone, herd)):
            continue
        cells = [f"{kind}, {herd} herd", f"{runs[0]['count']}", f"{runs[0]['bytes']}"]
        for key in ("p50_ms", "p99_ms", "worst_ms", "cpu_ms"):
            # Beside a whole second of sampling, what one scrape takes cannot be told.
            cells.append("–" if lone and key == "cpu_ms" else spread([run[key] for run in runs]))
        rows.append(cells)
    head = ["scrapes", "of each round", "bytes", "p50, ms", "p99, ms", "worst, ms", "CPU per scrape, ms"]
    return ("Over one connection, 4 ms apart; one per sample are those a Prometheus server "
            "makes: each writes a text that nobody has asked for before.\n\n" + table(head, rows))


def scale_section(scale):
    rows = []
    for step in scale:
        kind, runs = step["herd"], [run for run in step["runs"] if "cpu_ms" in run]
        if not runs:
            continue
        cost = [run["cpu_ms"] for run in runs]
        floor = statistics.median(floor_ms(step["floors"], kind["processes"], kept=False))
        rows.append([f"{kind['processes']} × {kind['threads']}", f"{kind['busy_share']:.0%}",
                     spread(cost), number(statistics.median(cost) * 1000 / kind["processes"]),
                     f"{number(statistics.median(cost) / floor)} ×",
                     spread([run["resident_mib"] for run in runs])])
    head = ["processes × threads", "awake", "CPU per tick, ms", "µs per process",
            "of the bare loop (open)", "resident, MiB"]
    return table(head, rows)


def target_section(results):
    rows = []

    def row(what, target, values, unit):
        met = "yes" if statistics.median(values) <= target else "**no**"
        rows.append([what, f"{target} {unit}", f"{spread(values)} {unit}", met])

    for comparison in results.get("comparisons", []):
        if cost := values_of(comparison, "tierwatch", "cpu_ms"):
            row(f"CPU per tick, {comparison['title']} herd", TICK_TARGET_MS, cost, "ms")
            peak = values_of(comparison, "tierwatch", "peak_mib")
            row(f"highest resident memory, {comparison['title']} herd", RESIDENT_TARGET_MIB, peak, "MiB")
    for kind, *which, herd in SCRAPE_KINDS:
        if p99 := [each["p99_ms"] for each in scrapes_of(results.get("scrapes", []), *which, herd)]:
            row(f"scrape p99, {kind}, {herd} herd", SCRAPE_TARGET_MS, p99, "ms")
    return table(["what", "target", "measured", "met"], rows)


def render(results):
    parts = [machine_section(results)]
    if "comparisons" in results or "scrapes" in results:
        parts += ["### Targets\n", target_section(results)]
    if "comparisons" in results:
        parts += ["### One sample of the herd\n", comparison_section(results["comparisons"])]
        parts += ["### The kernel's price\n", floor_section(results["comparisons"])]
    if "scrapes" in results:
        parts += ["### Scrapes\n", scrape_section(results["scrapes"])]
    if "scale" in results:
        parts += ["### Larger herds\n", scale_section(results["scale"])]
    return "\n".join(parts)


def put_between_markers(path, text):
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path}: the markers {BEGIN} and {END} are missing")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
