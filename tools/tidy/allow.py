# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions to the rules: each names one rule, one place and the reason, and goes when the reason does."""
import tomllib


class AllowList:
    def __init__(self, text, path="tools/tidy/allow.toml"):
        self.path = path
        self.entries = tomllib.loads(text).get("allow", [])
        self.used = set()

    def covers(self, rule, where):
        for index, entry in enumerate(self.entries):
            if entry.get("rule") == rule and where in (entry.get("where"), f"{entry.get('where')}"):
                self.used.add(index)
                return True
            if entry.get("rule") == rule and ":" not in entry.get("where", "") and where.split(":")[0] == entry["where"]:
                self.used.add(index)
                return True
        return False

    def check(self):
        for index, entry in enumerate(self.entries):
            if set(entry) != {"rule", "where", "reason"} or len(entry.get("reason", "").split()) < 4:
                yield "allow", self.path, 1, f"entry {index + 1} wants rule, where and a reason in a sentence"
            elif index not in self.used:
                yield "allow", self.path, 1, f"{entry['rule']} at {entry['where']} is no longer needed: take it out"
