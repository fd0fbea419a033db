#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# From a brand to the first call: a brand, its administrator, a customer with its domain, two people with a telephone and an extension each.
# What it prints are the accounts to enter into the telephones.
#
#   CARILLON=https://127.0.0.1:8443 LOGIN=admin PASSWORD=changeme docs/manual/first-customer.sh
set -euo pipefail

api="${CARILLON:?say where the platform is: https://HOST:PORT}/api/v1"

# ask METHOD PATH TOKEN [BODY [HEADER]]: the answer, or its problem and the end. -k: a new platform made its certificate itself.
ask() {
  local answer
  answer=$(curl -sk --fail-with-body -X "$1" "$api$2" ${3:+-H "Authorization: Bearer $3"} ${4:+-d "$4"} ${5:+-H "$5"}) || {
    echo "$1 $2: $answer" >&2
    exit 1
  }
  printf '%s' "$answer"
}

# member NAME: a text out of the JSON that comes in.
member() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

operator=$(ask POST /auth/login "" "{\"username\":\"${LOGIN:?}\",\"password\":\"${PASSWORD:?}\"}" | member token)

# The operator makes the brand, and who administers it.
brand=$(ask POST /brands "$operator" '{"name":"Ringers","language":"en","timeZone":"Europe/Madrid","currency":"EUR"}' | member id)
ask POST /administrators "$operator" "{\"login\":\"ringer\",\"password\":\"quiet-river-stone\",\"brand\":\"$brand\"}" >/dev/null

# The brand makes the customer, and acts for it from there on.
ringer=$(ask POST /auth/login "" '{"username":"ringer","password":"quiet-river-stone"}' | member token)
customer=$(ask POST /customers "$ringer" '{"name":"Bakery","country":"ES","countryCode":"34","timeZone":"Europe/Madrid","currency":"EUR","language":"es"}' | member id)
as_bakery="X-Carillon-Customer: $customer"
ask POST /domains "$ringer" '{"name":"bakery.example"}' "$as_bakery" >/dev/null

# add NAME NUMBER: a person with a telephone, which gets a password of its own, and an extension.
add() {
  local made terminal user extension
  made=$(ask POST /terminals "$ringer" "{\"name\":\"$1\"}" "$as_bakery")
  terminal=$(member id <<<"$made")
  user=$(ask POST /users "$ringer" "{\"name\":\"$1\",\"terminal\":\"$terminal\"}" "$as_bakery" | member id)
  extension=$(ask POST /extensions "$ringer" "{\"number\":\"$2\",\"target\":\"$user\"}" "$as_bakery" | member id)
  ask PATCH "/users/$user" "$ringer" "{\"extension\":\"$extension\"}" "$as_bakery" >/dev/null
  echo "$1 $2 $(member password <<<"$made")"
}

add anna 201
add ben 202
