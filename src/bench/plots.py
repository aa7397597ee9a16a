"""Draws the figures, where matplotlib is installed."""

import pathlib
import statistics

from measure import say

STEPS = {"full": "full", "changed": "2 % changed", "ranges": "2 % changed,\nranges given", "verify": "verify", "restore": "restore"}


def draw(results, folder):
    """Writes performance-*.svg; answers their names."""
    try:
        import matplotlib
    except ImportError:
        # Those of an earlier run would show other figures than the tables.
        for old in pathlib.Path(folder).glob("performance-*.svg"):
            old.unlink()
        say("plots: matplotlib is not installed; the page is made without them (Debian: python3-matplotlib)")
        return []
    matplotlib.use("svg")
    # The same figures give the same files.
    matplotlib.rcParams["svg.hashsalt"] = "holdfast"
    matplotlib.rcParams["svg.fonttype"] = "none"
    drawn = []
    if results.get("engine", {}).get("steps"):
        drawn.append(save(engine(results["engine"]), folder, "performance-engine.svg"))
    if results.get("growth", {}).get("rows"):
        drawn.append(save(growth(results["growth"]["rows"]), folder, "performance-growth.svg"))
    return drawn


def save(figure, folder, name):
    figure.tight_layout()
    figure.savefig(pathlib.Path(folder) / name, metadata={"Date": None, "Creator": None})
    return name


def engine(section):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4))
    axes = figure.subplots()
    tools = list(section["tools"])
    width = 0.8 / len(tools)
    for number, tool in enumerate(tools):
        for place, step in enumerate(STEPS):
            walls = [each["wall"] for each in section["steps"] if each["tool"] == tool and each["step"] == step]
            if walls:
                middle = statistics.median(walls)
                axes.bar(
                    place + number * width, middle, width, color=f"C{number}",
                    yerr=[[middle - min(walls)], [max(walls) - middle]], label=tool if place == 0 else None,
                )
    axes.set_xticks([place + 0.4 - width / 2 for place in range(len(STEPS))], STEPS.values())
    axes.set_ylabel("seconds")
    axes.legend()
    return figure


def growth(rows):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4))
    left, right = figure.subplots(1, 2)
    for axes, series, key, label in (
        (left, "disk", "diskGiB", "disk, GiB"), (right, "points", "earlierPoints", "earlier points")
    ):
        chosen = [row for row in rows if row["series"] == series and row["place"] == "together"]
        if not chosen:
            continue
        across = [row[key] for row in chosen]

        def relative(of):
            return [of(row) / max(1, of(chosen[0])) for row in chosen]

        def total(row, prefix):
            return sum(value for name, value in row["counts"].items() if name.startswith(prefix))

        axes.plot(across, relative(lambda row: row["millis"]), "o-", label="time")
        for name, prefix in (
            ("blob requests", "blob requests"), ("table requests", "table requests"),
            ("page-range queries", "page-range queries"), ("index and manifest bytes", ("bytes created: s", "bytes created: m")),
        ):
            axes.plot(across, relative(lambda row, prefix=prefix: total(row, prefix)), "o-", label=name)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(label)
        axes.set_ylabel("times the first")
    left.legend()
    return figure
