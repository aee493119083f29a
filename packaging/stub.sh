#!/bin/sh
# ha @VERSION@ for Linux @ARCH@ with glibc: this script, and behind it the program with its runtime, Deno @DENO@.
# The first start unpacks both into a directory of this user's own (0700), checked and in one rename; every later
# start finds them there, unchanged as one stat tells, and runs them under this very process id.
# HA_CACHE_DIR names another directory.
set -uf
IFS='
'
# Init scripts and env -i may start us without.
export PATH="${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}"
key=@KEY@
offset=@OFFSET@
kilobytes=@KILOBYTES@
sums='@SUMS@'
problems=
noexec='its file system is mounted noexec'

# Sets `found` to what the system knows of the unpacked files: owner, mode, size, inode, last change. Any write moves
# the last change (ctime), which nobody can set. Of the cache directory itself only owner and mode matter.
look() {
  set -- $(stat -c '%u:%a:%s:%i:%.9Z' "$1" "$1/$key" @FILES@ 2>/dev/null)
  [ $# -eq @COUNT@ ] || return 1
  found=${1%:*:*:*}
  shift
  for file; do found="$found $file"; done
}

# Whether directory $1 is ours alone, holds the files as they were when they were checked, and lets them run.
sealed() {
  [ -O "$1" ] && [ -r "$1/$key.seal" ] && read -r seal <"$1/$key.seal" || return 1
  look "$1" && [ "$seal" = "$found" ] && [ -x "$1/$key/ha" ]
}

# Replaces this process by the program in directory $1.
run() {
  place=$1
  shift
  export HA_SELF="$self" DENO_DIR="$place/runtime" DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
  # A heap for each of the runtime's threads is memory that is never given back.
  export MALLOC_ARENA_MAX=2
  case ${self##*/}:${1-} in
  keepalived:* | *:start | *:keepalived) exec "$place/$key/ha" @FLAGS@ @DAEMON@ "$place/$key/main.js" "$@" ;;
  *) exec "$place/$key/ha" @FLAGS@ @SHORT@ "$place/$key/main.js" "$@" ;;
  esac
}

case $0 in
/*) self=$0 ;;
*/*) self=$PWD/$0 ;;
*) self=$(command -v -- "$0") && [ -f "$self" ] || self=$PWD/$0 ;;
esac

# The runtime would not start where its working directory has been deleted.
[ . -ef "${PWD:-}" ] || cd /

# Where to look and unpack: the first that will do.
if [ -n "${HA_CACHE_DIR:-}" ]; then
  places=$HA_CACHE_DIR
elif [ -O / ]; then
  places="/var/cache/ha
/var/lib/ha-cache
/run/ha-cache
/tmp/ha-cache-0"
else
  places="${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/ha
/tmp/ha-cache-$(id -u)"
fi

for place in $places; do
  sealed "$place" && run "$place" "$@"
done

# ---- From here on: the first start, or somebody has touched the files.

# Whether the files in directory $1 are the right ones, by content.
verified() {
  [ -d "$1" ] && [ ! -L "$1" ] && (cd "$1" && echo "$sums" | sha256sum --check --status 2>/dev/null)
}

# Prints why directory $1 is not ours alone.
why_foreign() {
  if [ -L "$1" ]; then
    echo "it is a symbolic link"
  elif [ ! -d "$1" ]; then
    echo "it is not a directory"
  elif [ ! -O "$1" ]; then
    echo "it belongs to $(stat -c %U "$1")"
  else
    mode=$(stat -c %a "$1")
    [ "$mode" = 700 ] || echo "its mode is $mode instead of 700"
  fi
}

# Prints why nothing can be executed in directory $1.
why_noexec() {
  printf '#!/bin/sh\n' >"$1/ha" && chmod 700 "$1/ha" || { echo "no file can be made there"; return; }
  "$1/ha" 2>/dev/null || echo "$noexec"
}

# Unpacks into cache directory $1; prints why it could not. Runs in a subshell of its own.
unpack() {
  umask 077
  mkdir -p "$1" 2>/dev/null
  why=$(why_foreign "$1")
  [ -z "$why" ] || { echo "$why"; return 1; }
  if command -v flock >/dev/null; then
    exec 9>"$1/lock" && flock 9 || { echo "it cannot be locked"; return 1; }
    sealed "$1" && return 0
    find "$1" -maxdepth 1 -name 'new.*' -exec rm -rf {} +
  fi 2>/dev/null
  verified "$1/$key" || fill "$1" || return 1
  [ -x "$1/$key/ha" ] || { echo "$noexec"; return 1; }
  look "$1" && echo "$found" >"$1/new.seal.$$" && mv -f "$1/new.seal.$$" "$1/$key.seal"
}

# Puts the files into cache directory $1 by one rename.
fill() {
  new=$(mktemp -d "$1/new.XXXXXX" 2>/dev/null) || { echo "it is not writable"; return 1; }
  trap 'rm -rf "$new"' EXIT
  trap 'exit 1' HUP INT TERM
  why=$(why_noexec "$new")
  [ -z "$why" ] || { echo "$why"; return 1; }
  [ ! -e "$1/$key" ] || echo "ha: $1/$key was changed since it was unpacked; unpacking it again" >&2
  if ! tail -c "+$offset" "$self" | gzip -dc 2>/dev/null | tar -xf - -C "$new" --no-same-owner 2>/dev/null; then
    echo "the files could not be written (they need $kilobytes KB; $(free_space "$1") KB are free)"
    return 1
  fi
  verified "$new" || { echo "$self is damaged"; return 1; }
  [ ! -e "$1/$key" ] || { mv -T "$1/$key" "$new/old" && rm -rf "$new/old"; }
  mv -T "$new" "$1/$key" 2>/dev/null || verified "$1/$key" || { echo "it is not writable"; return 1; }
}

free_space() {
  df -Pk "$1" | tail -n 1 | sed 's/^.* \([0-9]*\) *[0-9]*% .*$/\1/'
}

# Removes what other versions have unpacked into cache directory $1, nobody has started for a week and nobody runs.
tidy() {
  for other in $(find "$1" -maxdepth 1 -name '*.seal' -atime +7); do
    old=${other%.seal}
    [ "$old" = "$1/$key" ] && continue
    find /proc -maxdepth 2 -name exe -printf '%l\n' 2>/dev/null | grep -qxF "$old/ha" || rm -rf "$old" "$other"
  done
}

for place in $places; do
  why=$(unpack "$place")
  if sealed "$place"; then
    (tidy "$place")
    # The runtime reads its modules thoroughly once and remembers what it found. Whoever does that keeps 20 MB of it:
    # not the daemon.
    (run "$place" --version) >/dev/null 2>&1
    run "$place" "$@"
  fi
  problems="$problems
  $place: ${why:-it does not keep what is written there}"
done
echo "ha: Cannot unpack the program into any of these directories:$problems
  HA_CACHE_DIR can name another one." >&2
exit 4
# For whoever only reads the script, as sh -n does: the rest is no text of the shell's.
: <<'PROGRAM'
