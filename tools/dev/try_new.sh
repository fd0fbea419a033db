#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Goal: what `./dev new resource` makes builds, and the generic tests take it as it is. In a copy of the work tree, which is thrown away.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
source tools/dev/packages.sh
source tools/dev/build.sh
need build test
[[ -x /usr/lib/postgresql/15/bin/postgres ]] || { source tools/dev/peers.sh && unpack servers; }

tree=$PWD/build/new-resource
peers=$PWD/build/peers
rm -rf "$tree"
mkdir -p "$tree/build"
git ls-files -z | while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done | xargs -0 cp --parents -t "$tree"
[[ ! -d $peers ]] || ln -s "$peers" "$tree/build/peers"
cd "$tree"
"$python" tools/dev/new.py resource sample_thing
build release carillon_api_test carillon_store_test carillon_model_test
export LC_ALL=C.UTF-8
build/release/carillon_model_test
build/release/carillon_store_test --gtest_filter='*KnowsEveryTable*:Migrations.*:*Wall*'
build/release/carillon_api_test --gtest_filter='*EveryResource*:*DescribesExactlyWhatThereIs*'
grep -q sample_things build/release/carillon_api_test || fail "the new resource is not in the program"
cd ..
rm -rf "$tree"
say "a new resource builds, and its tests pass"
