#!/bin/sh
# Succeeds while nginx runs. It does not restart nginx, and does not stop the daemon either: the priority does the rest,
# and the node gets the address back when nginx is well again.
PID_FILE=/run/nginx.pid
[ -s "$PID_FILE" ] && kill -0 "$(cat "$PID_FILE")" 2>/dev/null
