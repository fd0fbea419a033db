// SPDX-License-Identifier: GPL-3.0-or-later
// Where a call would go and why, told whole, without making it: the decision of the call path with the carriers that would be
// asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dialplan/decide.hpp"
#include "dialplan/inbound.hpp"

namespace carillon::dialplan {

enum class Outcome : std::uint8_t { extension, external, on_net, emergency, refused };

/// A carrier that would be asked, and by which route.
struct Candidate {
  const directory::Carrier* carrier = nullptr;
  const directory::Route* route = nullptr;  ///< Null: it takes calls for help without one.
};

/// Pointers live as long as the snapshot.
struct Story {
  Outcome outcome = Outcome::refused;
  std::optional<Refusal> refusal = std::nullopt;
  int sip_code = 0;                              ///< That the caller would hear; 0 unless refused.
  std::string number;                            ///< In E.164 with + when it is one of the world's, else as it is dialled.
  std::string ddi = {};                          ///< The number with which it is made, or that is called from outside.
  std::vector<Candidate> carriers = {};          ///< In the order of their pattern and priority; equal ones share the calls.
  std::optional<directory::Target> target = {};  ///< Who rings.
  std::vector<Reason> reasons = {};

  /// For whom its brand's carriers and price lists are no business: leaves out by which routes it goes, and what it costs.
  void hide_routes();
};

/// Of a call that a telephone makes.
Story tell(const directory::Snapshot& snapshot, const Facts& facts);

/// Of a call that a carrier of that brand brings.
Story tell_inbound(const directory::Snapshot& snapshot, const directory::Brand& brand, const directory::Carrier& carrier,
                   std::string_view caller, std::string_view called);

/// The telephone that is meant by its name, by the extension of its user or by the user's id; null: nobody's.
const directory::Terminal* find_caller(const directory::Customer& customer, std::string_view who);

std::string_view text_of(Outcome outcome);

}  // namespace carillon::dialplan
