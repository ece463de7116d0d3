/**
 * `verify.sh`: POSIX sh and coreutils only. Walks the folder itself, so that files nobody listed are found, and compares
 * whole lines of `sha256sum`, so that a damaged list is found as well.
 */
export const VERIFY_SCRIPT = String.raw`#!/bin/sh
# Checks every file of this folder against SHA256SUMS: changed, missing and added files are named.
# Usage: sh verify.sh        Exit status: 0 as packed, 1 not as packed, 2 could not check.
# Needs a POSIX shell and coreutils (or busybox). Runs nothing from this folder, writes nothing into it.
set -u
LC_ALL=C
export LC_ALL
IFS=' '

case $0 in
*/*) cd -- "$(dirname -- "$0")" || exit 2 ;;
esac
[ -f SHA256SUMS ] && [ ! -L SHA256SUMS ] || { echo 'verify.sh: SHA256SUMS is missing' >&2; exit 1; }
work=$(mktemp -d) || exit 2
trap 'rm -rf -- "$work"' EXIT
trap 'exit 2' HUP INT TERM

# Prints what sha256sum prints for every file below a folder ('' or 'a/b/'); notes what is no regular file.
walk() {
  prefix=$1
  set --
  for entry in "$prefix"* "$prefix".[!.]* "$prefix"..?*; do
    if [ -L "$entry" ]; then
      printf '%s\n' "$entry" >>"$work/odd"
    elif [ -d "$entry" ]; then
      walk "$entry/"
    elif [ -f "$entry" ]; then
      [ "$entry" = SHA256SUMS ] && continue
      set -- "$@" "$entry"
      if [ $# -ge 100 ]; then
        sha256sum -- "$@" || : >"$work/failed"
        set --
      fi
    elif [ -e "$entry" ]; then
      printf '%s\n' "$entry" >>"$work/odd"
    fi
  done
  if [ $# -gt 0 ]; then
    sha256sum -- "$@" || : >"$work/failed"
  fi
}

: >"$work/odd"
walk '' | sort >"$work/found"
sort SHA256SUMS >"$work/listed"
[ ! -e "$work/failed" ] || echo 'a file could not be read'

# Lines of one side only are faults; a name on both sides is a changed file.
comm -23 "$work/listed" "$work/found" >"$work/lost"
comm -13 "$work/listed" "$work/found" >"$work/new"
cut -c 67- "$work/lost" | sort >"$work/lost.names"
cut -c 67- "$work/new" | sort >"$work/new.names"
report() {
  while IFS= read -r name; do
    printf '%s: %s\n' "$1" "$name"
  done
}
comm -12 "$work/lost.names" "$work/new.names" | report changed
comm -23 "$work/lost.names" "$work/new.names" | report missing
comm -13 "$work/lost.names" "$work/new.names" | report added
report 'no regular file' <"$work/odd"

files=$(cut -c 1 "$work/listed" | wc -l)
if [ -e "$work/failed" ]; then
  exit 2
elif [ -s "$work/lost" ] || [ -s "$work/new" ] || [ -s "$work/odd" ]; then
  echo 'NOT as packed'
  exit 1
fi
printf 'as packed: %d files\n' "$files"
`;
