# SPDX-License-Identifier: GPL-3.0-or-later
"""A scripted SIP agent, written from the RFCs, for what the packaged clients cannot do. See README.md."""
