# SPDX-License-Identifier: GPL-3.0-or-later
# Unpacks the programs of others that tests and measurements take, with the libraries that they need and this machine lacks. Nothing
# is installed: their packages would start daemons. The names are the tables "peers" and "servers" of docs/dependencies.md.

# list_missing LIST: the packages that installing the list would add to this machine; apt only simulates.
list_missing() {
  local listing
  # shellcheck disable=SC2046 # package names are words
  listing=$(LC_ALL=C.UTF-8 apt-get -s --no-install-recommends install $(packages_of "$1") 2>/dev/null) || return 1
  awk '/^Inst / { print $2 }' <<<"$listing"
}

# unpack LIST: unpacks it into build/LIST; does nothing when the same list was unpacked before.
unpack() {
  local list=$1 wanted missing
  local into=build/$list
  wanted=$(packages_of "$list" | sort)
  [[ ! -e $into/unpacked || $(<"$into/unpacked") != "$wanted" ]] || return 0
  mkdir -p build
  if ! missing=$(list_missing "$list"); then
    local as_root=()
    ((EUID == 0)) || as_root=(sudo)
    "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=600 update </dev/null >build/apt.log 2>&1 || true
    missing=$(list_missing "$list") || fail "apt does not know one of these packages: ${wanted//$'\n'/ }"
  fi
  # One that is installed here is unpacked all the same, so that every machine takes the same files.
  missing=$(printf '%s\n' "$missing" "$wanted" | sort -u)
  say "unpacking into $into: ${missing//$'\n'/ }"
  rm -rf "$into"
  mkdir -p "$into/archives"
  # shellcheck disable=SC2086
  if ! (cd "$into/archives" && apt-get -q -o APT::Sandbox::User=root download $missing) </dev/null >build/apt.log 2>&1; then
    tail -n 15 build/apt.log >&2
    fail "apt-get could not download them (all of it is in build/apt.log); mend that and run the same command again"
  fi
  local archive
  for archive in "$into"/archives/*.deb; do dpkg-deb -x "$archive" "$into"; done
  rm -r "$into/archives"
  printf '%s\n' "$wanted" >"$into/unpacked"
}
