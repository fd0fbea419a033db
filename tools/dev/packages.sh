# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian packages that a command needs and that are missing. The lists are the tables of docs/dependencies.md, so the
# page that says why a package is there is also what installs it.
python=/usr/bin/python3

say() { printf 'dev: %s\n' "$*" >&2; }
fail() { say "$*" && exit 1; }

# packages_of LIST...: the names in the tables under the headings "## LIST: …".
packages_of() {
  awk -v lists=" $* " -F'|' '
    /^## / { name = $0; sub(/^## /, "", name); sub(/:.*/, "", name); wanted = index(lists, " " name " ") }
    wanted && /^\| `/ { gsub(/[` ]/, "", $2); print $2 }' docs/dependencies.md
}

# need LIST...: installs what is missing of these lists; costs one dpkg-query when nothing is.
need() {
  local wanted missing as_root=()
  wanted=$(packages_of "$@" | sort -u)
  [[ -n $wanted ]] || fail "docs/dependencies.md has no table for: $*"
  # shellcheck disable=SC2086 # package names are words
  missing=$(comm -13 <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^installed //p' | sort -u) \
    <(printf '%s\n' "$wanted"))
  [[ -n $missing ]] || return 0
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "run this as root, or install sudo: these Debian packages are missing:" $missing
    as_root=(sudo)
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q -o DPkg::Lock::Timeout=600)
  mkdir -p build
  say "installing $(wc -w <<<"$missing") Debian packages ($*): ${missing//$'\n'/ }"
  # shellcheck disable=SC2086
  if ! { "${as_root[@]}" update && "${as_root[@]}" install -y --no-install-recommends $missing; } </dev/null >build/apt.log 2>&1; then
    tail -n 15 build/apt.log >&2
    fail "apt-get failed (all of it is in build/apt.log); mend that and run the same command again"
  fi
}

# need_npm: npm and Node from Debian, where there is no npm yet.
need_npm() {
  command -v npm >/dev/null || need contract
}
