"""The benchmark: mvn -q -Pbench package, or python3 bench.py run --help.

run     measures and writes a results file after every step
report  renders a results file as docs/performance.md, with its plots
"""

import argparse
import pathlib
import shlex
import signal
import sys
import time
import traceback

# The sources are no place for what Python caches.
sys.dont_write_bytecode = True

import engine
import java
import report
import stack
from measure import Failed, Results, first_line, machine, say

PARTS = {"engine": engine.run, "kernels": java.kernels, "azurite": stack.run, "growth": java.growth,
         "memory": java.memory}


def options(arguments):
    parser = argparse.ArgumentParser(description="Measures Holdfast beside other tools.")
    modes = parser.add_subparsers(dest="mode", required=True)
    run = modes.add_parser("run")
    run.add_argument("--dir", default="target/bench", help="work folder, about 40 GB")
    run.add_argument("--images", default="", help="folder that has day1.img and day2.img, or will")
    run.add_argument("--only", default=",".join(PARTS), help="parts, of " + ", ".join(PARTS))
    run.add_argument("--tools", default="", help="contenders of the engine part; empty: all")
    run.add_argument("--rounds", type=int, default=3)
    run.add_argument("--seed", type=int, default=0, help="of the image's random data")
    run.add_argument("--quick", default="false", help="true: a small image, no peers, short runs")
    run.add_argument("--jar", default="target/holdfast.jar")
    run.add_argument("--local-jar", default="target/holdfast-local.jar")
    run.add_argument("--classpath", default="", help="of the tests")
    run.add_argument("--command", default="", help="what was typed, for the page")
    run.add_argument("--note", default="", help="what a reader of the figures should know")
    run.add_argument("--holdfast", default="", help="another command than java -jar JAR")
    page = modes.add_parser("report")
    page.add_argument("results", help="results file of a run")
    page.add_argument("--docs", default="docs", help="folder of performance.md and its plots")
    parsed = parser.parse_args(arguments)
    if parsed.mode == "run":
        parsed.quick = parsed.quick.lower() == "true"
        parsed.tools = [each.strip() for each in parsed.tools.split(",") if each.strip()]
        parsed.only = [each.strip() for each in parsed.only.split(",") if each.strip()]
        unknown = set(parsed.only) - set(PARTS)
        if unknown:
            parser.error(f"unknown parts: {', '.join(sorted(unknown))}; known: {', '.join(PARTS)}")
        for name in ("dir", "images", "jar", "local_jar"):
            value = getattr(parsed, name)
            setattr(parsed, name, str(pathlib.Path(value).resolve()) if value else "")
    return parsed


def run(chosen):
    """All chosen parts; one that fails does not keep the others from running."""
    folder = pathlib.Path(chosen.dir)
    folder.mkdir(parents=True, exist_ok=True)
    results = Results(folder / "results.json")
    failed = False
    for part in chosen.only:
        results.all.pop(part, None)
        began = time.time()
        about = {
            "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(began)),
            "command": chosen.command or shlex.join(["bench.py", *sys.argv[1:]]),
            "rounds": chosen.rounds,
            "quick": chosen.quick,
            "commit": first_line("git", "-C", str(pathlib.Path(__file__).parent), "rev-parse", "--short", "HEAD"),
            "note": chosen.note,
            "machine": machine(),
        }
        try:
            PARTS[part](chosen, results)
        except Failed as failure:
            say(f"{part}: {failure}")
            failed = True
        except Exception:
            # The other parts may well take half an hour more, with nobody there to start them.
            traceback.print_exc()
            failed = True
        finally:
            # Also when the run is told to end: then the figures so far say where they are from.
            section = results.all.setdefault(part, {})
            section["about"] = {**about, "seconds": round(time.time() - began)}
            results.save()
        failed |= bool(section.get("failures"))
    page = report.write(results.all, folder)
    print(page.read_text(encoding="utf-8"))
    say(f"figures: {results.path}; page: {page}; into the docs by: bench.py report {results.path}")
    return 1 if failed else 0


def main():
    chosen = options(sys.argv[1:])
    # A run that is told to end keeps what it has: the results are whole after each step.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if chosen.mode == "report":
        figures = Results(chosen.results).all
        # The figures go beside the page, so that it can be made again from them.
        Results(pathlib.Path(chosen.docs) / "performance.json").replace(figures)
        print(report.write(figures, pathlib.Path(chosen.docs)))
        return 0
    try:
        return run(chosen)
    except KeyboardInterrupt:
        say(f"interrupted; what was measured is in {chosen.dir}/results.json")
        return 130


if __name__ == "__main__":
    sys.exit(main())
