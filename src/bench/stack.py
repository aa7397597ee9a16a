"""The whole pipeline on the local stack's Azurite, beside a plain loop of Put Blob on the same Azurite."""

import json
import os
import pathlib
import random
import shutil
import socket
import statistics
import subprocess
import time
import urllib.request

from java import classpath
from measure import Failed, say, timed

GROUP = "/subscriptions/00000000-0000-0000-0000-0000000000be/resourceGroups/bench"
COMPUTE = GROUP + "/providers/Microsoft.Compute"
DISK_API = "?api-version=2025-01-02"
VM_API = "?api-version=2025-04-01"
CHUNK = 4 << 20
READY_SECONDS = 120
JOB_SECONDS = 900


def http(method, url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def free_ports(count):
    """Ports below those that the system gives to outgoing connections."""
    found = []
    while len(found) < count:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                found.append(port)
            except OSError:
                continue
    return found


class Stack:
    """The local stack as its users start it."""

    def __init__(self, options):
        self.data = pathlib.Path(options.dir) / "stack"
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        ports = free_ports(5)
        command = ["java", "-jar", options.local_jar, "serve", "--data", str(self.data)]
        names = ["--http-port", "--arm-port", "--blob-port", "--queue-port", "--table-port"]
        for name, port in zip(names, ports):
            command += [name, str(port)]
        with open(pathlib.Path(options.dir) / "stack.log", "ab") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL
            )
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            raise Failed("the local stack does not start, see stack.log")
        self.ready = json.loads(line)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(90)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def put(self, path, body):
        http("PUT", self.ready["arm"] + path, body)
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            made = http("GET", self.ready["arm"] + path)
            if made["properties"].get("provisioningState") == "Succeeded":
                return
            time.sleep(0.1)
        raise Failed(f"the simulator does not provision {path}")

    def machine(self, name, size):
        """A VM with one disk."""
        disk = f"{COMPUTE}/disks/{name}-os"
        self.put(disk + DISK_API, {
            "location": "westeurope",
            "sku": {"name": "Premium_LRS"},
            "properties": {"creationData": {"createOption": "Empty"}, "diskSizeBytes": size},
        })
        self.put(f"{COMPUTE}/virtualMachines/{name}{VM_API}", {
            "location": "westeurope",
            "properties": {
                "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
                "storageProfile": {
                    "osDisk": {"osType": "Linux", "createOption": "Attach", "name": f"{name}-os",
                               "managedDisk": {"id": disk}},
                    "dataDisks": [],
                },
                "networkProfile": {"networkInterfaces": [
                    {"id": f"{GROUP}/providers/Microsoft.Network/networkInterfaces/{name}-nic"}]},
            },
        })
        return self.data / "disks" / f"{name}-os.raw"

    def back_up(self, name):
        """A backup from the request to its end: seconds, those of its transfer, and its job."""
        began = time.monotonic()
        vm = {"vmId": f"{COMPUTE}/virtualMachines/{name}"}
        job = http("POST", self.ready["api"] + "/backups", vm)
        moving = None
        while job["status"] in ("Queued", "InProgress"):
            if time.monotonic() - began > JOB_SECONDS:
                raise Failed(f"the backup of {name} takes more than {JOB_SECONDS} s")
            time.sleep(0.1)
            job = http("GET", f"{self.ready['api']}/jobs/{job['id']}")
            read = sum(disk["bytesRead"] or 0 for disk in job["disks"])
            total = sum(disk["bytesTotal"] or 0 for disk in job["disks"])
            if total and moving is None:
                moving = [time.monotonic(), None]
            if total and read >= total and moving[1] is None:
                moving[1] = time.monotonic()
        if job["status"] != "Completed":
            raise Failed(f"the backup of {name} is {job['status']}: {job['error']}")
        wall = time.monotonic() - began
        transfer = moving[1] - moving[0] if moving and moving[1] else wall
        return wall, transfer, job


def chunk(chance, incompressible):
    """4 MiB that no other piece equals: noise, or text that halves."""
    if incompressible:
        return chance.randbytes(CHUNK)
    return b"".join(b"%s row of a table, number\n" % chance.randbytes(12).hex().encode()
                    for _ in range(CHUNK // 48 + 1))[:CHUNK]


def write_disk(path, chunks, seed):
    """Fills a disk; one chunk in two compresses."""
    chance = random.Random(seed)
    with open(path, "r+b") as disk:
        for number in range(chunks):
            disk.seek(number * CHUNK)
            disk.write(chunk(chance, number % 2 == 0))


def run(options, results):
    """Loop and backup in turn, each time with chunks that Azurite has not seen."""
    folder = pathlib.Path(options.dir)
    chunks = 8 if options.quick else 192
    section = {"chunks": chunks, "rounds": []}
    results.put("azurite", section)
    stack = Stack(options)
    try:
        for turn in range(1, options.rounds + 1):
            name = f"bench{turn}"
            source = stack.machine(name, chunks * CHUNK)
            write_disk(source, chunks, options.seed + turn)
            loops = {}
            for what in ("plain", "encoded", "saved"):
                out = folder / f"loop-{what}.json"
                command = ["java", "-cp", classpath(options), "io.holdfast.bench.PutLoop"]
                timed([*command, stack.ready["blob"], source, what, f"{what}{turn}", out], folder,
                      folder / "stack.log")
                loops[what] = json.loads(out.read_text(encoding="utf-8"))["seconds"]
                say(f"azurite: round {turn} loop {what:8} {loops[what]:7.2f} s")
            wall, transfer, job = stack.back_up(name)
            say(f"azurite: round {turn} backup {wall:7.2f} s, of which transfer {transfer:.2f} s")
            section["rounds"].append(
                {**loops, "backup": round(wall, 2), "transfer": round(transfer, 2),
                 "stored": job["disks"][0]["bytesStored"], "tasks": job["tasks"]}
            )
            results.save()
            os.unlink(source)
        section["ratio"] = round(
            statistics.median(each["backup"] for each in section["rounds"])
            / statistics.median(each["plain"] for each in section["rounds"]), 2)
        results.save()
    finally:
        stack.stop()
        shutil.rmtree(stack.data, ignore_errors=True)
