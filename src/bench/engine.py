"""The engine on a local folder, beside restic and borg: the same image, the same machine, in turn."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import images
from measure import Failed, first_line, say, stored_bytes, timed

STEPS = ["full", "same", "changed", "ranges", "verify", "restore"]


class Peer:
    """What is common to the contenders: a repository of their own, fresh for each round."""

    def __init__(self, name, place):
        self.name = name
        self.place = place
        self.repository = place.work / "repository"
        self.out = place.work / "out"

    def prepare(self):
        """Makes what a user makes once."""

    def run(self, command, env=None):
        return timed(command, self.place.work, self.place.log, env)

    def quiet(self, command, env=None):
        with open(self.place.log, "ab") as log:
            subprocess.run(
                [str(part) for part in command], cwd=self.place.work, check=True, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})},
            )

    def keep(self):
        """Sets a copy of the repository aside, before the day is backed up in another way."""
        shutil.copytree(self.repository, self.place.work / "kept", symlinks=True)

    def back(self):
        shutil.rmtree(self.repository)
        os.rename(self.place.work / "kept", self.repository)


class Restic(Peer):
    """Encrypts always."""

    def __init__(self, place):
        super().__init__("restic", place)
        self.version = first_line("restic", "version")
        self.env = {
            "RESTIC_PASSWORD": "bench",
            "RESTIC_CACHE_DIR": str(place.work / "cache"),
            "RESTIC_REPOSITORY": str(self.repository),
        }

    def prepare(self):
        self.quiet(["restic", "init"], self.env)

    def backup(self, step):
        return self.run(["restic", "backup", "--force", "disk.img"], self.env)

    def verify(self):
        return self.run(["restic", "check", "--read-data"], self.env)

    def restore(self):
        number = re.search(r"(\d+)\.(\d+)", self.version)
        sparse = ["--sparse"] if number and (int(number[1]), int(number[2])) >= (0, 15) else []
        done = self.run(["restic", "restore", "latest", "--target", self.out, *sparse], self.env)
        return *done, next(self.out.rglob("disk.img"))


class Borg(Peer):
    """Encrypted, zstd-1, chunks of 4 MiB: the fastest settings that compress."""

    def __init__(self, place):
        super().__init__("borg", place)
        self.version = first_line("borg", "--version")
        self.env = {
            "BORG_PASSPHRASE": "bench",
            "BORG_BASE_DIR": str(place.work / "cache"),
            "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
        }

    def prepare(self):
        self.quiet(["borg", "init", "-e", "repokey", self.repository], self.env)

    def backup(self, step):
        return self.run(
            ["borg", "create", "--files-cache=disabled", "-C", "zstd,1", "--chunker-params",
             "fixed,4194304", f"{self.repository}::{step}", "disk.img"],
            self.env,
        )

    def verify(self):
        return self.run(["borg", "check", "--verify-data", self.repository], self.env)

    def restore(self):
        self.out.mkdir()
        figures, _ = timed(
            ["borg", "extract", "--sparse", f"{self.repository}::changed"], self.out,
            self.place.log, self.env,
        )
        return figures, b"", self.out / "disk.img"


class Holdfast(Peer):
    """The engine, with or without a key file, with all of the JIT or with C1 only."""

    def __init__(self, place, program, key, c1):
        name = "holdfast" + (" key" if key else "") + (" C1" if c1 else "")
        super().__init__(name, place)
        self.program = [program[0], *(["-XX:TieredStopAtLevel=1"] if c1 else []), *program[1:]]
        self.version = first_line(*program, "--version")
        self.key = place.work / "vault.key" if key else None
        self.points = {}

    def prepare(self):
        self.points = {}
        if self.key:
            self.quiet([*self.program, "vault", "keygen", "--out", self.key])

    def options(self):
        return ["--vault", self.repository, *(["--key-file", self.key] if self.key else [])]

    def backup(self, step):
        command = [*self.program, "image", "backup", *self.options(), "--in", "disk.img"]
        command += ["--item", "bench", "--output", "json"]
        if step != "full":
            command += ["--base", self.points["full"]]
        if step == "ranges":
            command += ["--ranges", self.place.ranges]
        figures, stdout = self.run(command)
        point = json.loads(stdout)
        self.points[step] = point["id"]
        figures["disks"] = point["disks"]
        return figures, stdout

    def verify(self):
        return self.run([*self.program, "vault", "verify", *self.options()])

    def restore(self, step="changed"):
        target = self.out / "disk.img"
        self.out.mkdir()
        command = [*self.program, "point", "export", *self.options(), "--point", self.points[step]]
        return *self.run([*command, "--disk", "os", "--out", target]), target


class Place:
    """Folders of a run, and the image at the one path under which every day is backed up."""

    def __init__(self, work, days, ranges):
        self.work = pathlib.Path(work)
        self.days = days
        self.ranges = ranges
        self.log = self.work.parent / "engine.log"

    def show(self, day):
        disk = self.work / "disk.img"
        disk.unlink(missing_ok=True)
        try:
            os.link(self.days[day], disk)
        except OSError:
            # Another file system: a copy costs time, which is not measured.
            subprocess.run(["cp", "--sparse=always", self.days[day], disk], check=True)
        images.warm(disk)

    def clean(self):
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)


def contenders(place, program, quick, only):
    """Who takes part; a peer that is missing is left out, and a line says so."""
    found = []
    for peer in [] if quick else [Restic, Borg]:
        command = peer.__name__.lower()
        if shutil.which(command):
            found.append(peer(place))
        else:
            say(f"engine: {command} is not installed and is left out (Debian: apt install restic borgbackup)")
    for key, c1 in [(False, False), (True, False), (False, True), (True, True)]:
        found.append(Holdfast(place, program, key, c1))
    return [each for each in found if not only or each.name in only]


def cycle(each, place, record):
    """All steps of one contender, from an empty repository to a restored file."""
    place.clean()
    each.prepare()
    ours = isinstance(each, Holdfast)
    for step in STEPS:
        if step == "ranges" and not ours:
            continue
        if step == "changed" and ours:
            each.keep()
        if step == "ranges":
            # The day is new to the vault again, as it was for the step before.
            with_day = place.work / "with-day"
            os.rename(each.repository, with_day)
            os.rename(place.work / "kept", each.repository)
        if step in ("full", "same"):
            place.show(0)
        elif step in ("changed", "ranges"):
            place.show(1)
        if step == "verify":
            figures, _ = each.verify()
        elif step == "restore":
            figures, _, restored = each.restore()
            compare(restored, place.days[1])
            shutil.rmtree(each.out)
        else:
            figures, _ = each.backup(step)
        record(step, {**figures, "stored": stored_bytes(each.repository)})
        if step == "ranges":
            prove(each, place)
            shutil.rmtree(each.repository)
            os.rename(with_day, each.repository)


def prove(each, place):
    """What was made from ranges alone is the whole second day."""
    _, _, restored = each.restore("ranges")
    compare(restored, place.days[1])
    shutil.rmtree(each.out)


def compare(restored, day):
    if subprocess.run(["cmp", restored, day], check=False).returncode != 0:
        raise Failed(f"{restored} is not {day}")


def run(options, results):
    """Rounds of all contenders in turn; the results are on disk after each step."""
    folder = pathlib.Path(options.dir)
    if options.quick:
        days = images.small(folder / "small", options.seed)
    else:
        days = images.reference(options.images or folder / "img", options.seed)
    say("engine: comparing the two days")
    ranges = folder / "ranges.json"
    image = images.changes(days, ranges)
    place = Place(folder / "work", days, ranges)
    program = options.holdfast.split() if options.holdfast else ["java", "-jar", options.jar]
    taking_part = contenders(place, program, options.quick, options.tools)
    section = {
        "image": {**image, "seed": options.seed, "quick": options.quick},
        "tools": {each.name: each.version for each in taking_part},
        "steps": [],
        "failures": [],
    }
    results.put("engine", section)
    for turn in range(1, options.rounds + 1):
        for each in taking_part:

            def record(step, figures, each=each, turn=turn):
                section["steps"].append({"round": turn, "tool": each.name, "step": step, **figures})
                results.save()
                say(
                    f"engine: round {turn} {each.name:16} {step:8} {figures['wall']:7.2f} s"
                    f"  rss {figures['rssMiB']:5.0f} MiB  stored {figures['stored'] / 2**20:6.0f} MiB"
                    f"  others {figures['others']:.0%}"
                )

            try:
                cycle(each, place, record)
            except (Failed, OSError, subprocess.CalledProcessError, ValueError, KeyError) as failure:
                section["failures"].append({"round": turn, "tool": each.name, "why": str(failure)})
                results.save()
                say(f"engine: round {turn} {each.name} failed: {failure}")
    place.clean()
