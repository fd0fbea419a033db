# SPDX-License-Identifier: GPL-3.0-or-later
# Configures and builds one preset, quietly when all is well and with the compiler's words when not.

# The C++ files of the work tree, new ones included.
list_sources() {
  git ls-files --cached --others --exclude-standard --deduplicate -- '*.cpp' '*.hpp' ':!tests/tidy' | while read -r file; do
    [[ ! -e $file ]] || echo "$file"
  done
}

# What a preset's tests need: the thread sanitizer looks at the parts that threads share, the other presets at everything.
tests_of() {
  case $1 in
    tsan) echo carillon_base_test carillon_net_test carillon_journal_test carillon_roles_signalling_test ;;
    *) echo all ;;
  esac
}

configure() {
  mkdir -p "build/$1"
  if ! cmake --preset "$1" >"build/$1/configure.log" 2>&1; then
    tail -n 25 "build/$1/configure.log" >&2
    fail "cmake could not configure build/$1 (all of it is in build/$1/configure.log)"
  fi
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  configure "$preset"
  say "building ${*:-everything} in build/$preset (the first time takes minutes, later ones seconds)"
  local quiet=()
  [[ -t 2 ]] || quiet=(--quiet)
  ninja "${quiet[@]}" -C "build/$preset" "$@" >&2 || fail "the build failed: the first error above is the one to look at"
}
