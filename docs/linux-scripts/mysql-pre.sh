#!/bin/bash
# Before the snapshot: a session takes the global read lock and keeps it, so that also tables without
# transactions and the binary log are whole. The lock ends when mysql-post.sh ends that session, and
# by itself after hold_max_s, so that a guest is never locked for longer, whatever fails.
# Exit codes: 0 locked, 1 the session ended (its text is in $run/err), 2 not locked in time.
set -uo pipefail

wait_max_s="${1:-20}"  # less than timeoutInSeconds of the plugin's configuration
hold_max_s="${2:-120}" # longer than a snapshot takes to begin
run="${HOLDFAST_RUN:-/run/holdfast-mysql}"

install -d -m 700 "$run"
rm -f "$run/out" "$run/err" "$run/session" "$run/ended"

# The session lives as long as its input is open. Its own process group, so that it outlives this
# script and can be ended as a whole.
setsid bash -c '
  mysql --batch --unbuffered --skip-column-names \
    < <(echo "FLUSH TABLES WITH READ LOCK; SELECT \"locked\";"; exec sleep "$1")
  touch "$2/ended"
' holdfast "$hold_max_s" "$run" >"$run/out" 2>"$run/err" </dev/null &
session=$!
echo "$session" >"$run/session"

for ((tenths = 0; tenths < wait_max_s * 10; tenths++)); do
  grep -qs '^locked$' "$run/out" && exit 0
  if [ -e "$run/ended" ]; then
    kill -- "-$session" 2>/dev/null
    exit 1
  fi
  sleep 0.1
done
kill -- "-$session" 2>/dev/null
exit 2
