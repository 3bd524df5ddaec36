#!/usr/bin/env bash
# Runs what talks to SQS against moto, an SQS that is not ours, and stops it again. The first argument is the folder of moto's programs.
set -euo pipefail
moto=$1
cargo=${CARGO:-cargo}

# Not to be built while moto waits.
"$cargo" build --locked --workspace --bins
"$cargo" test --locked --package common --test functions --no-run
"$cargo" test --locked --package homeport --test golden --no-run

port=$("$moto/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
log=$(mktemp)
"$moto/moto_server" --host 127.0.0.1 --port "$port" >"$log" 2>&1 &
server=$!
trap 'kill "$server"; wait "$server" 2>/dev/null || true; rm -f "$log"' EXIT
for ((tries = 0; ; tries++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    if ((tries == 150)) || ! kill -0 "$server" 2>/dev/null; then
        echo "moto does not start:" >&2
        cat "$log" >&2
        exit 1
    fi
    sleep 0.2
done

export HOMEPORT_TEST_SQS_URL="http://127.0.0.1:$port"
"$cargo" test --locked --package common --test functions -- callbacks notifier redeliver
"$cargo" test --locked --package homeport --test golden -- sqs
grep -q 'POST / HTTP' "$log" || { echo "nobody asked moto" >&2; exit 1; }
