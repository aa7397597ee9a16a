"""The two days of the reference image, and what changed between them."""

import json
import os
import pathlib
import random
import subprocess

from measure import Failed, say

BLOCK = 4096
PIECE = 4 << 20
HERE = pathlib.Path(__file__).resolve().parent


def reference(folder, seed):
    """Makes the 8 GiB image and its second day where they are missing: about two minutes, as root."""
    folder = pathlib.Path(folder)
    days = [folder / "day1.img", folder / "day2.img"]
    if all(day.exists() for day in days):
        say(f"images: {folder} has both days")
        return days
    if os.geteuid() != 0:
        raise Failed(
            "the reference image is made with loop devices, which needs root: run as root, or give a"
            " folder with day1.img and day2.img by -Dbench.images="
        )
    say(f"images: making them in {folder}, seed {seed}")
    done = subprocess.run(["bash", HERE / "make_image.sh", folder, str(seed)], check=False)
    if done.returncode != 0:
        raise Failed(f"make_image.sh ended with {done.returncode}")
    return days


def small(folder, seed, pieces=64):
    """A small image with neither loop devices nor root: zeros, noise and text; 2 % change."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    first, second = folder / "day1.img", folder / "day2.img"
    words = [b"GET ", b"POST ", b"/api/v1/items ", b"timeout ", b"INFO ", b"user=%d " % seed]
    with open(first, "wb") as day:
        day.truncate(pieces * PIECE + 3 * BLOCK)
        for piece in range(pieces):
            if piece % 3 == 1:
                day.seek(piece * PIECE)
                day.write(chance.randbytes(PIECE))
            elif piece % 3 == 2:
                day.seek(piece * PIECE)
                day.write(b"".join(chance.choices(words, k=PIECE // 20)))
    subprocess.run(["cp", "--sparse=always", first, second], check=True)
    with open(second, "r+b") as day:
        for _ in range(pieces * PIECE // BLOCK // 50):
            day.seek(chance.randrange(pieces // 8 * PIECE // BLOCK) * BLOCK)
            day.write(chance.randbytes(BLOCK))
    return [first, second]


def changes(days, target):
    """Writes the ranges in which the second day differs, in blocks of 4 KiB, as [[offset, length], ...]."""
    ranges = []
    with open(days[0], "rb") as first, open(days[1], "rb") as second:
        at = 0
        while True:
            before, now = first.read(PIECE), second.read(PIECE)
            if not now:
                break
            if before != now:
                add(ranges, at, before, now)
            at += len(now)
    pathlib.Path(target).write_text(json.dumps(ranges), encoding="ascii")
    blocks = sum(length for _, length in ranges) // BLOCK
    touched = {piece for o, n in ranges for piece in range(o // PIECE, (o + n - 1) // PIECE + 1)}
    return {
        "sizeBytes": os.path.getsize(days[1]),
        "ranges": len(ranges),
        "changedBlocks": blocks,
        "changedChunks": len(touched),
    }


def add(ranges, at, before, now):
    for block in range(0, len(now), BLOCK):
        part = now[block : block + BLOCK]
        if before[block : block + BLOCK] != part:
            if ranges and ranges[-1][0] + ranges[-1][1] == at + block:
                ranges[-1][1] += len(part)
            else:
                ranges.append([at + block, len(part)])


def warm(path):
    """Reads a file so that it is in the page cache."""
    with open(path, "rb", buffering=0) as file:
        buffer = bytearray(PIECE)
        while file.readinto(buffer):
            pass
