// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/admission.hpp"

#include "base/log.hpp"

namespace carillon::agent {

bool Admission::admit(const net::Address& source, bool is_registered) {
  const FloodGuard::Verdict verdict = guard_.admit(source, is_registered, loop_.now());
  if (verdict == FloodGuard::Verdict::now_silenced) {
    log::warning("agent", "flood.silenced", {{"source", source.to_string()}});
    const Instant now = loop_.wall();
    bans_.add(
        {.reason = Ban::Reason::flood, .source = source, .user = {}, .realm = {}, .since = now, .until = now + guard_.silence()});
  }
  if (verdict != FloodGuard::Verdict::admit) silenced_.add();
  return verdict == FloodGuard::Verdict::admit;
}

}  // namespace carillon::agent
