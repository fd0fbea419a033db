# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it takes to bring in a price list as long as they get, in files as the API takes them, until calls see it; what one more price costs then; and what
the list takes in memory. There is no peer."""
import json
import statistics
import time

import lists
import machine
import servers

PER_FILE = 9_375  # 75,000 are eight; a file has at most 10,000 lines.
PATIENCE = 120
CHANGES = 5


def prefix_of(number):
    """Of a Spanish mobile; as long as prefixes of price lists are."""
    return f"+346{number:06d}"


class Brand(lists.Client):
    """The demo's brand, which has price lists and gives them to its customer."""

    def send(self, method, path, body, kind="application/json", **more):
        self._connection.request(method, "/api/v1" + path, body, self._headers | {"Content-Type": kind} | more)
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status in (200, 201, 202), (path, answer.status, text[:1000])
        return json.loads(text)

    def make(self, path, body):
        return self.send("POST", path, json.dumps(body))["id"]

    def import_prices(self, plan, first, last):
        """A file; the answer may be a job that is not done yet."""
        rows = (f"{plan},Mobile {number},{prefix_of(number)},0.01,{number % 90 + 10}.05,60" for number in range(first, last))
        answer = self.send("POST", "/prices/import", "\r\n".join(["pricingPlan,name,prefix,connection,perMinute,periodSeconds", *rows]), "text/csv")
        deadline = time.monotonic() + PATIENCE
        while answer.get("state") in ("waiting", "running"):
            assert time.monotonic() < deadline, answer
            time.sleep(0.05)
            answer = self.ask("/jobs/" + answer["id"])
        assert answer.get("state", "done") == "done", answer

    def price_of(self, customer, number):
        """The line of a call's story that says what the call would cost."""
        asked = {"from": "alice", "to": f"6{number:06d}00", "customer": customer}
        story = self.send("POST", "/simulate", json.dumps(asked))
        return next((each["text"] for each in story["reasons"] if each["step"] == "price"), "")

    def wait_for_price(self, customer, number, wanted):
        """Seconds until the call would have the price."""
        began = time.monotonic()
        while wanted not in self.price_of(customer, number):
            assert time.monotonic() - began < PATIENCE, (self.price_of(customer, number), wanted)
            time.sleep(0.01)
        return time.monotonic() - began


def fill(brand, plan, count):
    """Seconds that each file took."""
    seconds = []
    for first in range(0, count, PER_FILE):
        began = time.monotonic()
        brand.import_prices(plan, first, min(first + PER_FILE, count))
        seconds.append(time.monotonic() - began)
        print(f"\r  {min(first + PER_FILE, count):,} of {count:,} prices", end="", flush=True)
    print(flush=True)
    return seconds


def change_one(brand, customer, plan, count):
    """Seconds until calls see another price of the full list, several times."""
    number = count - 1
    price = brand.ask(f"/prices?filter[pricingPlan]={plan}&filter[prefix]=%2B{prefix_of(number)[1:]}")["items"][0]["id"]
    seconds = []
    for change in range(CHANGES):
        brand.send("PATCH", f"/prices/{price}", json.dumps({"perMinute": f"{200 + change}.5"}))
        seconds.append(brand.wait_for_price(customer, number, f"{200 + change}.5"))
    return seconds


def run(options):
    count = options.prices
    with servers.Carillon(0) as server:
        brand = Brand(server.http_port, "demobrand")
        customer = brand.ask("/customers")["items"][0]["id"]
        plan = brand.make("/pricing-plans", {"name": "Long", "currency": "EUR"})
        brand.make("/plan-assignments", {"customer": customer, "pricingPlan": plan, "metric": 0})
        before = machine.memory_bytes(server.processes())
        seconds = fill(brand, plan, count)
        seen = brand.wait_for_price(customer, count - 1, prefix_of(count - 1))
        changes = change_one(brand, customer, plan, count)
        after = machine.memory_bytes(server.processes())
        grown = ", ".join(f"{server.part(pid)} {(after[pid] - before.get(pid, 0)) / 1e6:+.1f} MB" for pid in after)
    print(f"  {len(seconds)} files in {sum(seconds):.1f} s, the slowest {max(seconds):.1f} s; calls see the last price {seen:.2f} s later\n"
          f"  another price of the list is seen after {statistics.median(changes):.2f} s (at most {max(changes):.2f} s)\n"
          f"  memory: {grown}", flush=True)
    return []
