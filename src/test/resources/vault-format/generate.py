#!/usr/bin/env python3
"""Made the files of this folder, once, from docs/vault-format.md alone.

Nothing runs it: the files are compared for ever. It is kept because it is a second, independent
reading of the format. Needs the `cryptography` package and the `zstd` program.
"""
import base64
import hashlib
import hmac
import json
import pathlib
import struct
import subprocess
import tempfile

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK = 4096
ZERO = bytes(32)
ID_KEY = bytes(range(0x60, 0x80))
DATA_KEY = bytes(range(0x20, 0x40))
KEY_ID = bytes(range(0xA0, 0xB0))
NONCE = bytes(range(0xC0, 0xCC))
VAULT = "0f0e0d0c-0b0a-4908-8706-050403020100"
POINT = "vm-1-p20261123040506007-00000a"

ids = []


def sha(data):
    return hashlib.sha256(data).digest()


def mac(data):
    return hmac.new(ID_KEY, data, hashlib.sha256).digest()


def zstd(data):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "x")
        source.write_bytes(data)
        subprocess.run(["zstd", "-q", "-1", "--no-check", str(source)], check=True)
        return pathlib.Path(folder, "x.zst").read_bytes()


def write(name, data):
    text = data.hex()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    pathlib.Path(name + ".hex").write_text("\n".join(lines) + "\n")


def envelope(kind, plain, codec=0, sealed=False):
    payload = zstd(plain) if codec else plain
    length = len(payload) + (16 if sealed else 0)
    header = b"HFOB" + struct.pack(">BBBBII", 1, kind, codec, int(sealed), len(plain), length)
    header += (KEY_ID if sealed else bytes(16)) + (NONCE if sealed else bytes(12)) + bytes(4)
    assert len(header) == 48
    name = (mac if sealed else sha)(plain)
    if sealed:
        payload = AESGCM(DATA_KEY).encrypt(NONCE, payload, header + name)
    return name, header + payload


def vector(name, kind, plain, codec=0, sealed=False):
    digest, data = envelope(kind, plain, codec, sealed)
    write(name, data)
    ids.append("%s=%s" % (name, digest.hex()))
    return digest


def text(name, data):
    pathlib.Path(name).write_bytes(data)


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


noise = b"".join(sha(b"holdfast" + struct.pack(">I", i)) for i in range(CHUNK // 32))
words = (b"holdfast\n" * CHUNK)[:CHUNK]

raw = vector("chunk-raw", 1, noise)
packed = vector("chunk-zstd", 1, words, codec=1)
vector("chunk-sealed-raw", 1, noise, sealed=True)
vector("chunk-sealed-zstd", 1, words, codec=1, sealed=True)

index = b"HFSI" + struct.pack(">BBHII", 1, 1, 0, CHUNK, 1024)
index += raw + ZERO + packed + 1020 * ZERO + raw
segment = vector("segment-index", 2, index, codec=1)

size = 2 * 1024 * CHUNK + 512
manifest = b"HFDM" + struct.pack(">BBHIIQII", 1, 1, 0, CHUNK, 1024, size, 512, 3)
manifest += segment + ZERO + segment
root = vector("disk-manifest", 3, manifest)

disk_id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/web-os"
vm_id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web"
point = compact(
    {
        "formatVersion": 1,
        "vaultId": VAULT,
        "itemId": "vm-1",
        "pointId": POINT,
        "vmId": vm_id,
        "vmGuid": "11111111-2222-3333-4444-555555555555",
        "jobId": "vm-1-j20261123040506007-00000a",
        "time": "2026-11-23T04:05:06.007Z",
        "snapshotTime": "2026-11-23T04:05:30Z",
        "consistency": {"requested": "ApplicationConsistent", "achieved": "CrashConsistent"},
        "base": None,
        "vm": {"location": "westeurope", "zones": ["1"]},
        "disks": [
            {
                "disk": "os",
                "name": "web-os",
                "diskId": disk_id,
                "uniqueId": "u-1",
                "lun": None,
                "sizeBytes": size,
                "logicalSectorBytes": 512,
                "changeSource": "Full",
                "reason": "there is no base",
                "root": root.hex(),
                "bytesRead": 12288,
                "bytesTransferred": 8192,
                "bytesStored": 4300,
                "model": {"sku": "Premium_LRS"},
            }
        ],
        "excludedDisks": [
            {"disk": "lun1", "name": "scratch", "diskId": disk_id, "lun": 1, "reason": "shared"}
        ],
        "warnings": [{"code": "W", "message": "m", "remedy": "r"}],
    }
)
point_manifest = vector("point-manifest", 4, point)

text(
    "point-ref.json",
    compact(
        {
            "formatVersion": 1,
            "vaultId": VAULT,
            "itemId": "vm-1",
            "pointId": POINT,
            "vmId": vm_id,
            "time": "2026-11-23T04:05:06.007Z",
            "manifest": point_manifest.hex(),
        }
    ),
)
config = {
    "vaultId": VAULT,
    "formatVersion": 1,
    "chunkBytes": 4194304,
    "segmentChunks": 1024,
    "digest": "SHA-256",
    "cipher": "none",
    "compression": {"codec": "zstd", "level": 1},
    "createdAt": "2026-11-23T04:05:06Z",
}
text("holdfast.json", compact(config))
owned = dict(config, digest="HMAC-SHA-256", cipher="AES-256-GCM")
created = owned.pop("createdAt")
text("holdfast-owned.json", compact(dict(owned, catalogueId="c-1", createdAt=created)))
text(
    "key.json",
    compact(
        {
            "formatVersion": 1,
            "keyId": KEY_ID.hex(),
            "purpose": "chunks",
            "wrappedBy": "https://v.vault.azure.net/keys/k/0123456789abcdef0123456789abcdef",
            "algorithm": "RSA-OAEP-256",
            "wrapped": "AAECAwQFBgc=",
            "createdAt": "2026-11-23T04:05:06Z",
        }
    ),
)
file_id = bytes(range(0x10, 0x20)).hex()
file_key = bytes(range(0x40, 0x60))
wrapped_by = "file:" + file_id
wrap_nonce = bytes(range(0xD0, 0xDC))
lines = ["holdfast wrapped key 1", VAULT, KEY_ID.hex(), "chunks", wrapped_by]
sealed_key = AESGCM(file_key).encrypt(wrap_nonce, DATA_KEY, "\n".join(lines).encode())
text(
    "key-file.json",
    compact(
        {
            "formatVersion": 1,
            "keyFileId": file_id,
            "key": base64.b64encode(file_key).decode(),
            "createdAt": "2026-11-23T04:05:06Z",
        }
    ),
)
text(
    "key-local.json",
    compact(
        {
            "formatVersion": 1,
            "keyId": KEY_ID.hex(),
            "purpose": "chunks",
            "wrappedBy": wrapped_by,
            "algorithm": "AES-256-GCM",
            "wrapped": base64.b64encode(wrap_nonce + sealed_key).decode(),
            "createdAt": "2026-11-23T04:05:06Z",
        }
    ),
)
for purpose in ("ids", "metadata"):
    name = "holdfast %s key of vault %s" % (purpose, VAULT)
    ids.append("key-%s=%s" % (purpose, sha(name.encode())[:16].hex()))

# The ledger: the same in every vault, encrypted or not.
previous = ZERO


def ledger_line(block, **fields):
    global previous
    value = dict(fields, block=block, previous=previous.hex())
    line = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    previous = sha(line)
    return line + b"\n"


made = {"id": POINT + "/made", "at": "2026-11-23T04:06:00.500Z", "event": "PointMade"}
made = dict(made, itemId="vm-1", pointId=POINT, who="holdfast", why="policy default")
pinned = {"id": "r-1", "at": "2026-11-23T09:00:00Z", "event": "Pinned"}
pinned = dict(pinned, itemId="vm-1", pointId=POINT, who="kim@example.com")
pinned = dict(pinned, why='before the "big" move', until="2027-01-01T00:00:00Z")
first_file = ledger_line(1, **made) + ledger_line(1, **pinned)
first_file += ledger_line(2, next="ledger/2026-11-24-0001.jsonl")
text("ledger-first.jsonl", first_file)
paused = {"id": "r-2", "at": "2026-11-24T00:00:01Z", "event": "ProtectionChanged"}
paused = dict(paused, itemId="vm-1", who="kim@example.com", why="d\u00e9m\u00e9nagement")
policy = {"id": "r-3", "at": "2026-11-24T00:00:02Z", "event": "PolicyPut"}
policy = dict(policy, policy="gold", who="kim@example.com", why="new")
text("ledger-second.jsonl", ledger_line(1, **paused) + ledger_line(2, **policy))
text("ids.properties", ("\n".join(ids) + "\n").encode())
