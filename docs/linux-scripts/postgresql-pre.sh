#!/bin/bash
# Before the snapshot: everything that was committed goes to the data files, so that the restored
# server starts within seconds. Its write-ahead log makes the frozen volumes whole in any case.
# Exit codes: 0 done, 1 the server did not answer, 2 the checkpoint failed or took too long.
set -uo pipefail

wait_max_s="${1:-20}" # less than timeoutInSeconds of the plugin's configuration

as_postgres() {
  timeout "$wait_max_s" runuser -u postgres -- psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$@"
}

as_postgres --command 'SELECT 1' >/dev/null || exit 1
as_postgres --command 'CHECKPOINT' >/dev/null || exit 2
