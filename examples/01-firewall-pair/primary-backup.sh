#!/bin/sh
# Called with primary, backup or fault. Switches conntrackd where it is installed; the firewall works without it, but
# then established connections are cut by a takeover.
command -v conntrackd >/dev/null || exit 0

case "$1" in
primary)
    conntrackd -c   # put the connections learned from the peer into the kernel
    conntrackd -f   # forget the learned ones
    conntrackd -R   # learn the kernel's table anew
    conntrackd -B   # and tell the peer all of it
    ;;
backup)
    conntrackd -t   # let stale kernel entries run out
    conntrackd -n   # ask the new master for its table
    ;;
fault)
    conntrackd -t
    ;;
esac
