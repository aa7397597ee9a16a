#!/bin/bash
# After the snapshot: nothing is held, so there is nothing to release. The server must answer again:
# a failure here is reported as Post-ScriptExecutionFailed, and somebody should look.
set -uo pipefail

wait_max_s="${1:-20}"

timeout "$wait_max_s" runuser -u postgres -- psql --no-psqlrc --quiet --command 'SELECT 1' >/dev/null
