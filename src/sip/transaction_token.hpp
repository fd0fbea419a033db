// SPDX-License-Identifier: GPL-3.0-or-later
// The identifiers that we give to requests and dialogs: unguessable, and they say on which virtual slot their owner lives, so
// that responses and in-dialog requests find their shard without a lookup.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::sip {

/// A branch for a request of ours (RFC 3261 §8.1.1.7): "z9hG4bK", the slot as two hex digits, 128 random bits.
std::string make_branch(std::uint8_t slot);
/// A tag of ours (RFC 3261 §19.3): the slot as two hex digits, 128 random bits.
std::string make_tag(std::uint8_t slot);

/// The slot in an identifier of the form that we make; nothing for any other.
std::optional<std::uint8_t> slot_of_branch(std::string_view branch);
std::optional<std::uint8_t> slot_of_tag(std::string_view tag);

}  // namespace carillon::sip
