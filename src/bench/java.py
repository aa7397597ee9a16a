"""The parts that are Java: the kernels by JMH, and what grows with the disk and with the points."""

import json
import pathlib
import shutil

from measure import Failed, say, timed

C1 = "-XX:TieredStopAtLevel=1"


def classpath(options):
    if not options.classpath:
        raise Failed("the Java parts need the tests' class path: run them by mvn -Pbench package")
    return options.classpath


def kernels(options, results):
    """Each kernel in a JVM of its own, once with all of the JIT and once with C1 only."""
    folder = pathlib.Path(options.dir)
    data = [folder / "img" / "day1.img", pathlib.Path(options.images or "/nowhere") / "day1.img"]
    image = next((each for each in data if each.exists()), None)
    section = {"data": "the reference image" if image else "the JDK's own classes", "kernels": []}
    for tier in ("C2", "C1"):
        out = folder / f"kernels-{tier}.json"
        say(f"kernels: {tier}")
        command = ["java", "-cp", classpath(options), "org.openjdk.jmh.Main", "io.holdfast.bench.Kernels"]
        command += ["-rf", "json", "-rff", out, "-foe", "true"]
        arguments = [f"-Dbench.data={image}"] if image else []
        if tier == "C1":
            arguments.append(C1)
        if arguments:
            command += ["-jvmArgsAppend", " ".join(arguments)]
        if options.quick:
            command += ["-wi", "1", "-i", "1", "-w", "100ms", "-r", "100ms"]
        timed(command, folder, folder / "kernels.log", limit_seconds=3600)
        for each in json.loads(out.read_text(encoding="utf-8")):
            metric = each["primaryMetric"]
            section["kernels"].append(
                {
                    "kernel": each["benchmark"].rsplit(".", 1)[1],
                    "tier": tier,
                    # One operation is one chunk of 4 MiB.
                    "MiBps": round(metric["score"] * 4, 1),
                    "errorMiBps": round(float(metric["scoreError"]) * 4, 1)
                    if metric["scoreError"] != "NaN"
                    else None,
                }
            )
        results.put("kernels", section)


def growth(options, results):
    """The same change on small and large disks, and with few and many earlier points."""
    folder = pathlib.Path(options.dir)
    out = folder / "growth.json"
    out.unlink(missing_ok=True)
    say("growth: the same 200 chunks on 64 GiB to 32 TiB, and after 10 to 1,000 points")
    command = ["java", "-Xmx4g", "-cp", classpath(options), "io.holdfast.bench.GrowthBench", out]
    try:
        timed([*command, *(["quick"] if options.quick else [])], folder, folder / "growth.log",
              limit_seconds=3600)
    finally:
        if out.exists():
            results.put("growth", json.loads(out.read_text(encoding="utf-8")))


def memory(options, results):
    """Peak heap of one segment transfer and of four at once, in the heap of a 2,048 MB instance."""
    folder = pathlib.Path(options.dir)
    data = [folder / "img" / "day1.img", pathlib.Path(options.images or "/nowhere") / "day1.img"]
    image = next((each for each in data if each.exists()), None)
    if not image:
        raise Failed("the memory part reads the image of the engine part: run that before, or give bench.images")
    rows = []
    for segments, heap in ((1, 128), (1, 512), (4, 512)):
        say(f"memory: {segments} segment(s) at once, heap of {heap} MiB")
        out, vault = folder / "memory.json", folder / "memory-vault"
        shutil.rmtree(vault, ignore_errors=True)
        command = ["java", f"-Xmx{heap}m", "-cp", classpath(options), "io.holdfast.bench.MemoryBench"]
        try:
            timed([*command, image, vault, str(segments), out], folder, folder / "memory.log",
                  limit_seconds=1200)
            rows.append(json.loads(out.read_text(encoding="utf-8")))
        finally:
            shutil.rmtree(vault, ignore_errors=True)
        results.put("memory", {"rows": rows})
