# SPDX-License-Identifier: GPL-3.0-or-later
"""./dev new resource NAME: a declaration, a migration and the two lines of the lists, for a thing that belongs to customers. What it makes
builds, and the generic tests of API, store and tenants take it from there."""
import argparse
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

DECLARATION = """// SPDX-License-Identifier: GPL-3.0-or-later
// What a {words} is: say it here.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {{

struct {type} {{
  RESOURCE({type}, {table})
  FIELD(Id<{type}>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Text, name, .unique = Unique::customer, .required = true, .title = true, .max = 64)
}};

}}  // namespace carillon::model
"""

MIGRATION = """-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a {words} is: say it here.

CREATE TABLE {table} (
  id bigint PRIMARY KEY,
  brand bigint NOT NULL,
  customer bigint NOT NULL,
  name text NOT NULL,
  FOREIGN KEY (brand, customer) REFERENCES customers (brand, id),
  UNIQUE (customer, name),
  UNIQUE (customer, id)
);
"""

WALL = """-- SPDX-License-Identifier: GPL-3.0-or-later
-- Rows of {table} belong to customers.

ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} USING (carillon_sees(brand, customer));
"""


def insert_sorted(text, line, pattern):
    """Puts a line among those that the pattern finds, in their order."""
    lines = text.split("\n")
    at = [number for number, one in enumerate(lines) if re.match(pattern, one)]
    place = next((number for number in at if lines[number] > line), at[-1] + 1)
    return "\n".join(lines[:place] + [line] + lines[place:])


def change(path, edit, lines=1):
    file = ROOT / path
    before = file.read_text()
    after = edit(before)
    if after.count("\n") < before.count("\n") + lines:
        raise SystemExit(f"dev: {path} is not as it was when this was written: its list has no place for the new resource")
    file.write_text(after)
    print(f"changed {path}")


def make(path, text):
    (ROOT / path).write_text(text)
    print(f"made    {path}")


def new_resource(name, table):
    words = {"type": "".join(word.capitalize() for word in name.split("_")), "table": table, "words": name.replace("_", " ")}
    if (ROOT / f"src/model/{name}.hpp").exists():
        raise SystemExit(f"dev: there is a src/model/{name}.hpp already")
    number = max(int(file.name[:4]) for file in (ROOT / "migrations").glob("[0-9]*.sql")) + 1
    make(f"src/model/{name}.hpp", DECLARATION.format(**words))
    make(f"migrations/{number:04}_{table}.sql", MIGRATION.format(**words))
    make(f"migrations/{number:04}_{table}.postgresql.sql", WALL.format(**words))
    change("src/model/entities.hpp", lambda text: insert_sorted(text, f"ENTITY({words['type']}, {table})", r"ENTITY\("))
    change("src/model/resources.cpp", lambda text: insert_sorted(
        text.replace("      &resource_of<Call>,", f"      &resource_of<{words['type']}>,\n      &resource_of<Call>,"), f'#include "model/{name}.hpp"',
        r'#include "model/(?!resources)'), lines=2)
    print(f"Say in the first lines of both what it is, add its fields (docs/recipes/resource.md), and see /{table.replace('_', '-')} after `./dev demo`.")


def main():
    parser = argparse.ArgumentParser(prog="./dev new", description=__doc__)
    parser.add_argument("what", choices=["resource"])
    parser.add_argument("name", help="singular, snake_case: pickup_group")
    parser.add_argument("--table", help="its plural, when that is not NAME and an s")
    asked = parser.parse_args()
    table = asked.table or asked.name + "s"
    if not all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", word) for word in (asked.name, table)):
        raise SystemExit("dev: write the name in snake_case: pickup_group")
    new_resource(asked.name, table)


main()
