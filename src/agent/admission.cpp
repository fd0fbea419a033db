// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/admission.hpp"

#include "base/log.hpp"

namespace carillon::agent {

bool Admission::admit(const net::Address& source, Monotonic now) {
  const FloodGuard::Verdict verdict = guard_.admit(source, false, now);
  if (verdict == FloodGuard::Verdict::now_silenced) log::warning("agent", "flood.silenced", {{"source", source.to_string()}});
  if (verdict != FloodGuard::Verdict::admit) silenced_.add();
  return verdict == FloodGuard::Verdict::admit;
}

}  // namespace carillon::agent
