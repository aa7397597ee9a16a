"use strict";
// Loaded by `node -r` before Azurite. Standard input is a pipe whose other end the parent holds: when
// it ends, the parent is gone, however it ended, and Azurite shuts down as on SIGTERM, so that what
// it holds in memory reaches its files. Never kill Azurite by SIGKILL: it loses its latest state.
const end = () => process.emit("SIGTERM", "SIGTERM");
process.stdin.on("end", end);
process.stdin.on("close", end);
process.stdin.on("error", end);
process.stdin.resume();
// Watching must not keep a process alive that has nothing else to do.
process.stdin.unref?.();
