# SPDX-License-Identifier: GPL-3.0-or-later
# Unpacks the programs that we are measured beside into build/peers, with the libraries that they need and this machine lacks.
# Nothing is installed: their packages would start daemons. The names are the table "peers" of docs/dependencies.md.

# The packages that installing the peers would add to this machine; apt only simulates.
list_missing_for_peers() {
  local listing
  # shellcheck disable=SC2046 # package names are words
  listing=$(LC_ALL=C.UTF-8 apt-get -s --no-install-recommends install $(packages_of peers) 2>/dev/null) || return 1
  awk '/^Inst / { print $2 }' <<<"$listing"
}

# unpack_peers: does nothing when the same list was unpacked before.
unpack_peers() {
  local wanted missing
  wanted=$(packages_of peers | sort)
  [[ ! -e build/peers/unpacked || $(<build/peers/unpacked) != "$wanted" ]] || return 0
  mkdir -p build
  if ! missing=$(list_missing_for_peers); then
    local as_root=()
    ((EUID == 0)) || as_root=(sudo)
    "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=600 update </dev/null >build/apt.log 2>&1 || true
    missing=$(list_missing_for_peers) || fail "apt does not know one of these packages: ${wanted//$'\n'/ }"
  fi
  # A peer that is installed here is unpacked all the same, so that every machine measures the same files.
  missing=$(printf '%s\n' "$missing" "$wanted" | sort -u)
  say "unpacking the peers into build/peers: ${missing//$'\n'/ }"
  rm -rf build/peers
  mkdir -p build/peers/archives
  # shellcheck disable=SC2086
  if ! (cd build/peers/archives && apt-get -q -o APT::Sandbox::User=root download $missing) </dev/null >build/apt.log 2>&1; then
    tail -n 15 build/apt.log >&2
    fail "apt-get could not download the peers (all of it is in build/apt.log); mend that and run the same command again"
  fi
  local archive
  for archive in build/peers/archives/*.deb; do dpkg-deb -x "$archive" build/peers; done
  rm -r build/peers/archives
  printf '%s\n' "$wanted" >build/peers/unpacked
}
