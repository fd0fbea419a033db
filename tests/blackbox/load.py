# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls by the hundred: one SIPp that answers whatever comes, and others that call it. SIPp itself says whether each call went as it should."""
import raw_sip
import sipp


class Load:
    """Bob answers on one port; callers are alice. Use it as a context manager: what still runs is ended with it."""

    def __init__(self, exchange, folder, calls, seconds=120):
        self._exchange, self._folder, self._seconds = exchange, folder, seconds
        port = sipp.Sipp(folder, "register", exchange, "bob", expires=3600).end().port
        self._callee = sipp.Sipp(folder, "answer", exchange, "bob", port=port, calls=calls, seconds=seconds, milliseconds=20)
        self._open = [self._callee]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self._open:
            one.close()
        raw_sip.unregister_all(self._exchange, "bob")  # Or it would ring in the next test.

    def call(self, calls, rate, milliseconds, scenario="call", **words):
        """So many calls, so many a second, each so long; `end()` of what is returned fails unless all went well."""
        caller = sipp.Sipp(self._folder, scenario, self._exchange, "alice", target="102", calls=calls, seconds=self._seconds, milliseconds=milliseconds,
                           arguments=("-r", str(rate)), **words)
        self._open.append(caller)
        return caller

    def end(self):
        """The callee has had all the calls that it waited for."""
        self._callee.end()
