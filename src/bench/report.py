"""Renders a results file as docs/performance.md. Nothing on that page is typed by hand."""

import pathlib
import statistics

import plots

PLAIN = "holdfast"
KEY = "holdfast key"
PEERS = ["restic", "borg"]
TITLES = {
    "full": "full backup",
    "same": "backup, no change",
    "changed": "2 % changed, whole image read",
    "ranges": "2 % changed, `--ranges`",
    "verify": "verify all data",
    "restore": "restore to a file",
}
# The project's budgets: most of the fastest peer's wall time.
BUDGETS = {"full": 0.50, "changed": 0.45, "ranges": 0.14, "verify": 0.55, "restore": 0.65}
# Of all cores, in the median step: beyond it the figures say more of the machine than of the tools.
OTHERS_MAX = 0.15
KEY_BUDGET = 1.15
C1_BUDGET = 1.25

INTRO = """# Performance

What is measured here, and on what, with the commands to do it again. The benchmark itself writes this page, from the figures in `performance.json`;
below each part stand its date, command, machine and build.

```
mvn -q -Pbench package                                   # all of it, as root (it makes an image with loop devices), about an hour
mvn -q -Pbench package -Dbench.quick=true                # a small image, no other tools, not as root: does it run?
mvn -q -Pbench package -Dbench.only=engine -Dbench.rounds=5
python3 src/bench/bench.py report target/bench/results.json    # this page from those figures
```

Options: `bench.only` (parts, of `engine,kernels,azurite,growth,memory`), `bench.rounds` (3), `bench.tools` (contenders of the engine part), `bench.images`
(a folder with `day1.img` and `day2.img`; they are made there where missing), `bench.dir` (`target/bench`, needs about 40 GB), `bench.seed`.
Python 3 and, for the comparison, Debian's `restic` and `borgbackup` are needed; one that is missing is left out. The plots need `python3-matplotlib`.

How far to trust it: the same machine gives times that differ by a tenth from run to run, and by far more when something else runs. So all
contenders take turns within each round, the median counts, the smallest and largest are shown, and only ratios of one run should be compared.
"""


def write(results, folder):
    """Writes the page and its plots into a folder; answers the page."""
    drawn = plots.draw(results, folder)
    page = pathlib.Path(folder) / "performance.md"
    page.write_text(render(results, drawn), encoding="utf-8")
    return page


def render(results, drawn):
    lines = [INTRO]
    for part, section in (("engine", engine), ("kernels", kernels), ("azurite", azurite), ("growth", growth), ("memory", memory)):
        if part in results and any(key != "about" for key in results[part]):
            lines += section(results[part], drawn)
            lines += ["", noise(results[part]), ""]
    return "\n".join(lines).rstrip() + "\n"


def noise(section):
    about = section.get("about")
    if not about:
        return "The run did not end; these are its figures so far."
    machine = about["machine"]
    load = machine["loadAtStart"][0] if machine["loadAtStart"] else "not recorded"
    took = f", {about['seconds'] // 60} min" if about["seconds"] else ""
    note = " " + about["note"] if about.get("note") else ""
    build = f" Build {about['commit']}." if about.get("commit") else ""
    quick = " **A quick run: it shows that the benchmark works, its figures mean nothing.**" if about["quick"] else ""
    return (
        f"{about['date']}{took}: {machine['cpu']}, {machine['cores']} cores"
        f" ({', '.join(machine['instructions'])}), {machine['memoryGiB']:.0f} GiB, Linux {machine['kernel']},"
        f" {machine['java']}; load at the start {load}.{build} Command: `{about['command']}`.{quick}{note}"
    )


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


# ---- engine


class Figures:
    """The steps of the engine part, by tool and step."""

    def __init__(self, section):
        self.steps = section["steps"]
        self.tools = list(section["tools"])
        self.idle = statistics.median([each["others"] for each in self.steps] or [0]) <= OTHERS_MAX

    def all(self, tool, step, what="wall"):
        return [each[what] for each in self.steps if each["tool"] == tool and each["step"] == step]

    def median(self, tool, step, what="wall"):
        found = self.all(tool, step, what)
        return statistics.median(found) if found else None

    def cell(self, tool, step):
        found = self.all(tool, step)
        if not found:
            return "-"
        return f"{statistics.median(found):.2f} ({min(found):.2f} - {max(found):.2f})"

    def best_peer(self, step):
        asked = "changed" if step == "ranges" else step
        found = [(self.median(peer, asked), peer) for peer in PEERS if self.median(peer, asked)]
        return min(found) if found else (None, None)


def judged(ratio, budget):
    if ratio is None or budget is None:
        return "-"
    return ("yes" if ratio <= budget else "**no**") + f" ({budget:.2f})"


def ratio(ours, theirs):
    return ours / theirs if ours and theirs else None


def shown(value):
    return "-" if value is None else f"{value:.2f}"


def engine(section, drawn):
    figures = Figures(section)
    image = section["image"]
    lines = [
        "## The engine on a local folder",
        "",
        f"A raw image of {image['sizeBytes'] / 2**30:.1f} GiB and its second day, in which {image['changedBlocks']:,} blocks of 4 KiB differ, in"
        f" {image['changedChunks']} chunks of 4 MiB; `src/bench/make_image.sh` makes both. Whole processes are timed, the JVM's start included; the image is in",
        "the page cache, the repository fresh for each round, `sync` before each step. Every restored file, and every point made from ranges, was compared byte for byte.",
        "The peers encrypt always, and read the whole image each time. \"Key\" is Holdfast with encryption; \"C1\" is with `-XX:TieredStopAtLevel=1`, which is how the",
        "Functions worker starts Java. Versions: " + "; ".join(f"{name} is {version}" for name, version in section["tools"].items() if name in PEERS)
        + ".",
        "",
        "Wall seconds, median (smallest - largest):",
        "",
    ]
    tools = figures.tools
    lines += table(["work", *tools], [[TITLES[step], *(figures.cell(tool, step) for tool in tools)] for step in TITLES])
    lines += ["", "Against the budgets. A ratio is that of two medians; in brackets the budget:", ""]
    lines += table(
        ["work", "fastest peer", "ratio to it", "in budget", "with key: ratio to without", "in budget", "C1: ratio to all of the JIT", "in budget", "C1 with key", "in budget"],
        [budget_row(figures, step) for step in TITLES],
    )
    lines += ["", "CPU seconds (user and system), median:", ""]
    lines += table(["work", *tools], [[TITLES[step], *(cpu(figures, tool, step) for tool in tools)] for step in TITLES])
    lines += ["", "Stored MiB after the step, and the largest resident memory of any step, MiB:", ""]
    lines += table(["", *tools], stored_rows(figures, tools))
    busiest = max((each["others"] for each in section["steps"]), default=0)
    middle = statistics.median([each["others"] for each in section["steps"]] or [0])
    lines += ["", f"The machine was busy with other things (its own writing back included) for {middle:.0%} of a step in the median, {busiest:.0%} in the worst."]
    if not figures.idle:
        lines += ["", "**The machine was not idle: these figures are no basis for a verdict on the budgets. Measure again with nothing else running.**"]
    else:
        lines += ["", "What limits the works that are not in their budget, and how far down they could go: [floors.md](floors.md)."]
    for failure in section["failures"]:
        lines.append(f"- **Failed**: round {failure['round']}, {failure['tool']}: {failure['why']}")
    for name in drawn:
        if "engine" in name:
            lines += ["", f"![Wall time beside the peers]({name})"]
    return lines


def budget_row(figures, step):
    best, peer = figures.best_peer(step)
    ours = figures.median(PLAIN, step)
    to_peer = ratio(ours, best)
    key = ratio(figures.median(KEY, step), ours)
    c1 = ratio(figures.median(PLAIN + " C1", step), ours)
    verdict = judged if figures.idle else lambda *_: "-"
    c1_key = ratio(figures.median(KEY + " C1", step), figures.median(KEY, step))
    return [
        TITLES[step], f"{peer} {best:.2f} s" if peer else "-", shown(to_peer), verdict(to_peer, BUDGETS.get(step)),
        shown(key), verdict(key, KEY_BUDGET), shown(c1), verdict(c1, C1_BUDGET), shown(c1_key), verdict(c1_key, C1_BUDGET),
    ]


def cpu(figures, tool, step):
    user = figures.median(tool, step, "user")
    return "-" if user is None else f"{user + figures.median(tool, step, 'system'):.1f}"


def stored_rows(figures, tools):
    def stored(tool, step):
        found = figures.median(tool, step, "stored")
        return "-" if found is None else f"{found / 2**20:,.0f}"

    def largest(tool):
        found = [each["rssMiB"] for each in figures.steps if each["tool"] == tool]
        return f"{max(found):.0f}" if found else "-"

    rows = [["stored, " + TITLES[step], *(stored(tool, step) for tool in tools)] for step in ("full", "changed", "ranges")]
    return [*rows, ["largest resident memory", *(largest(tool) for tool in tools)]]


# ---- kernels


def kernels(section, drawn):
    by_name = {}
    for each in section["kernels"]:
        by_name.setdefault(each["kernel"], {})[each["tier"]] = each
    names = sorted(by_name, key=lambda name: (name.startswith(("jdk", "zstd")), name))
    rows = []
    for name in names:
        c2, c1 = by_name[name].get("C2"), by_name[name].get("C1")
        slower = ratio(c2 and c2["MiBps"], c1 and c1["MiBps"])
        rows.append([f"`{name}`", speed(c2), speed(c1), shown(slower)])
    return [
        "## Kernels",
        "",
        f"What is done to a chunk of 4 MiB, on one thread, by JMH, on pieces of {section['data']}: MiB of plaintext a second. `jdk...` and `zstd...` are the JDK and the library alone,",
        "the others are the vault's own classes: `encode` compresses and checks that it decodes, `seal` and `open` are without compression, and all that decode also digest.",
        "",
        *table(["kernel", "all of the JIT", "C1 only", "times slower"], rows),
    ]


def speed(each):
    if not each:
        return "-"
    return f"{each['MiBps']:,.0f}" + (f" +- {each['errorMiBps']:,.0f}" if each["errorMiBps"] is not None else "")


# ---- azurite


def azurite(section, drawn):
    rounds = section["rounds"]
    names = {
        "plain": "loop: the chunks as they are, nothing else done",
        "encoded": "loop: the objects that the vault makes of them, made beforehand",
        "saved": "the vault's own writes: digest, compress, check, put",
        "backup": "a whole backup, from the request to `Completed`",
        "transfer": "of which moving the chunks",
    }
    data = section["chunks"] * 4
    rows = []
    plain = statistics.median([each["plain"] for each in rounds]) if rounds else None
    for name, title in names.items():
        found = [each[name] for each in rounds]
        if found:
            middle = statistics.median(found)
            rows.append([title, f"{middle:.2f} ({min(found):.2f} - {max(found):.2f})", f"{data / middle:,.0f}", shown(ratio(middle, plain))])
    return [
        "## The whole pipeline on Azurite",
        "",
        f"{section['chunks']} chunks that Azurite has not seen ({data} MiB; every second one compresses by half) are sent by a plain loop of `Put Blob`, eight in flight, with the same SDK and HTTP client;",
        "then a VM whose disk holds them is backed up on the same local stack: snapshot, access, change list, reads through the simulator, puts, commit. The service runs with C1, as in Azure.",
        "Azurite is one Node process on the same cores, so this is a distance to a ceiling, not a speed.",
        "",
        *table(["what", "seconds", "MiB/s of plaintext", "ratio to the plain loop"], rows),
    ]


# ---- growth


def growth(section, drawn):
    lines = [
        "## Growth",
        "",
        "The same change on disks of several sizes, and after more and more earlier points: the real steps run on stores in memory, with a disk that makes its bytes up. One segment has",
        "1,024 chunks; each holds data. \"Together\": the changed chunks lie within the smallest disk's length; \"spread\": evenly over the disk. Time is that of the steps with no network, median of five.",
        "",
    ]
    rows = section.get("rows", [])
    for series, head in (("disk", "With the size of the disk"), ("points", "With the number of earlier points")):
        chosen = [row for row in rows if row["series"] == series]
        if chosen:
            lines += [head + ":", "", *table(GROWTH_HEAD, [growth_row(row) for row in chosen]), ""]
    for name in drawn:
        if "growth" in name:
            lines += [f"![Growth]({name})", ""]
    return lines[:-1]


GROWTH_HEAD = [
    "disk GiB", "earlier points", "changed chunks", "ms (min - max)", "blobs made", "blob requests (budget)", "table requests", "table bytes",
    "ARM requests", "page-range queries", "segment index bytes", "manifest bytes",
]


def request_budget(counts):
    """Of requests to the vault: 1.05 for each new chunk, 2 for each changed segment, 20 for the job."""
    return 1.05 * counts.get("blobs created: chunks", 0) + 2 * counts.get("blobs created: segments", 0) + 20


def growth_row(row):
    counts = row["counts"]

    def total(prefix):
        return f"{sum(value for name, value in counts.items() if name.startswith(prefix)):,}"

    return [
        f"{row['diskGiB']:,}", f"{row['earlierPoints']:,}", f"{row['changedChunks']} {row['place']}",
        f"{row['millis']:,} ({row['millisMin']:,} - {row['millisMax']:,})", total("blobs created"), f"{total('blob requests')} ({request_budget(counts):,.0f})",
        total("table requests"), total("table bytes written"), total("ARM requests"), total("page-range queries"),
        total("bytes created: segments"), total("bytes created: manifests"),
    ]


# ---- memory


def memory(section, drawn):
    rows = [
        [str(each["segments"]), str(each["maxHeapMiB"]), f"{each['peakHeapMiB']} (192)" if each["segments"] == 1 else str(each["peakHeapMiB"]),
         str(each["peakDirectMiB"]), f"{each['readMiB']:,}", f"{each['seconds']:.1f}"]
        for each in section.get("rows", [])
    ]
    return [
        "## Memory",
        "",
        "Whole segments of 4 GiB of the image of day 1, moved at once into a folder vault by the classes, threads and bounds of the app. Peak heap is the sum of the peaks of the JVM's heap pools, garbage",
        "counted; direct memory is the buffers that are kept and used again. An instance of 2,048 MB gives a heap of 512 MiB, so that four at once use well under half of it. In brackets the budget.",
        "",
        *table(["segments at once", "heap given, MiB", "peak heap, MiB", "direct, MiB", "read, MiB", "seconds"], rows),
    ]
