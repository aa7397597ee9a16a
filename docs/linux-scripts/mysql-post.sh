#!/bin/bash
# After the snapshot: ends the session that holds the lock.
# Exit codes: 0 the lock was held until now, 1 it had ended before: the snapshot is not consistent
# for tables without transactions, and hold_max_s of mysql-pre.sh has to be longer.
set -uo pipefail

run="${HOLDFAST_RUN:-/run/holdfast-mysql}"

session="$(cat "$run/session" 2>/dev/null)" || exit 1
rm -f "$run/session"
# A negative number is the process group: the client and what holds its input open.
[ -e "$run/ended" ] && exit 1
kill -- "-$session" 2>/dev/null || exit 1
