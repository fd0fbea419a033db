// SPDX-License-Identifier: GPL-3.0-or-later
// What a subscription is about, and for how long (RFC 6665 §8.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sip/message.hpp"

namespace carillon::sip {

/// The value of Event: the package and the id by which a subscriber tells several subscriptions of one dialog apart.
struct Event {
  std::string package;  ///< "dialog"; packages are compared as they are written.
  std::string id;       ///< Empty: none.
  bool operator==(const Event&) const = default;

  /// Nothing when the header is absent or malformed. Parameters that a package may have are of no matter here.
  static std::optional<Event> of(const Message& message);
  /// "dialog;id=7"
  std::string text() const;
};

/// Whether a request takes bodies of this type; one without Accept takes what the package sends by default (RFC 6665 §3.1.3).
bool accepts(const Message& request, std::string_view type);

}  // namespace carillon::sip
