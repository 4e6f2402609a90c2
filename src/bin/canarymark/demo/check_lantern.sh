#!/bin/sh
# Sends one harmless request with a folded header line to a test instance of Lantern Gateway and
# says whether its two parts disagree about it. It changes nothing on the instance.
set -eu

HOST="${1:-127.0.0.1}"
PORT=@@{$port}
MARK="lantern-@@{$mark}"

reply=$(printf 'GET /status HTTP/1.1\r\nHost: %s\r\nUser-Agent: check/@@{agent: canary}\r\nX-Check: %s\r\n folded\r\nConnection: close\r\n\r\n' \
    "$HOST" "$MARK" | nc -w 5 "$HOST" "$PORT" || true)

case "$reply" in
    *"400 "*) echo "not affected: the folded line was refused" ;;
    *"200 "*) echo "look for $MARK in the router log: a message about it means affected" ;;
    *) echo "no answer from $HOST port $PORT" ;;
esac
