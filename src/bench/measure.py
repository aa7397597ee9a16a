"""Runs a program and says what it cost; and what machine this is."""

import json
import os
import pathlib
import platform
import subprocess
import sys
import threading
import time


def say(text):
    """A line of progress, with the time."""
    print(time.strftime("%H:%M:%S ", time.gmtime()) + text, flush=True)


def busy_seconds():
    """Seconds that all cores together were busy since the machine started, stolen time included."""
    with open("/proc/stat", encoding="ascii") as stat:
        ticks = [int(each) for each in stat.readline().split()[1:9]]
    idle = ticks[3] + ticks[4]
    return (sum(ticks) - idle) / os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A program ended with an error, or too late."""


def timed(command, cwd, log, env=None, limit_seconds=1800):
    """Runs a program to its end: wall, CPU, peak RSS, and how busy the machine was with other things.

    Its stdout is answered, its stderr goes to the log. The peak RSS is the largest of its processes.
    """
    os.sync()
    load = os.getloadavg()[0]
    busy = busy_seconds()
    with open(log, "ab") as stderr:
        stderr.write(("$ " + " ".join(map(str, command)) + "\n").encode())
        stderr.flush()
        began = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
        watchdog = threading.Timer(limit_seconds, process.kill)
        watchdog.start()
        try:
            stdout = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        finally:
            watchdog.cancel()
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        stderr.write(stdout[-4096:])
    if process.returncode != 0:
        raise Failed(f"{pathlib.Path(str(command[0])).name} ended with {process.returncode}, see {log}")
    cpu = usage.ru_utime + usage.ru_stime
    others = max(0.0, busy_seconds() - busy - cpu) / (wall * os.cpu_count())
    figures = {
        "wall": round(wall, 3),
        "user": round(usage.ru_utime, 3),
        "system": round(usage.ru_stime, 3),
        "rssMiB": round(usage.ru_maxrss / 1024, 1),
        "others": round(others, 3),
        "load": round(load, 2),
    }
    return figures, stdout


def stored_bytes(folder):
    """Bytes of all files below a folder."""
    return sum(
        os.lstat(os.path.join(where, name)).st_size
        for where, _, names in os.walk(folder)
        for name in names
    )


def first_line(*command):
    """What a program says first, to learn its version; empty where it is missing."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
    except OSError:
        return ""
    return ((done.stdout or done.stderr).splitlines() or [""])[0]


def machine():
    """What the figures depend on."""
    cpu = {}
    for line in subprocess.run(["lscpu"], capture_output=True, text=True).stdout.splitlines():
        name, _, value = line.partition(":")
        cpu[name.strip()] = value.strip()
    flags = cpu.get("Flags", "").split() + cpu.get("Features", "").split()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": cpu.get("Model name", platform.machine()),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "instructions": [each for each in ("sha_ni", "aes", "vaes", "sha2", "avx512f") if each in flags],
        "memoryGiB": round(memory / 2**30, 1),
        "kernel": platform.release(),
        "java": first_line("java", "--version"),
        "loadAtStart": [round(each, 2) for each in os.getloadavg()],
    }


class Results:
    """The figures of one run, in a file that is whole after every step."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.all = {}
        if self.path.exists():
            self.all = json.loads(self.path.read_text(encoding="utf-8"))

    def replace(self, figures):
        self.all = figures
        self.save()

    def put(self, section, value):
        self.all[section] = value
        self.save()

    def save(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".tmp")
        beside.write_text(json.dumps(self.all, indent=1) + "\n", encoding="utf-8")
        os.replace(beside, self.path)


if __name__ == "__main__":
    json.dump(machine(), sys.stdout, indent=1)
