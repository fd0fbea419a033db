// SPDX-License-Identifier: GPL-3.0-or-later
// From where a PBX's calls are believed to be its without a password (SIPconnect, trusted source). The brand says so, since
// whoever can send from there calls at the customer's cost.
#pragma once

#include "model/entities.hpp"
#include "model/field.hpp"

namespace carillon::model {

enum class SourceTransport : std::uint8_t { any, udp, tcp, tls };
inline constexpr std::string_view source_transport_names[] = {"any", "udp", "tcp", "tls"};
constexpr std::span<const std::string_view> choices(SourceTransport) {
  return source_transport_names;
}

struct TerminalSource {
  RESOURCE(TerminalSource, terminal_sources)
  static constexpr Access access{.write = Role::brand};
  FIELD(Id<TerminalSource>, id, .read_only = true)
  FIELD(Id<Brand>, brand, .tenant = Tenant::brand, .required = true, .read_only = true)
  FIELD(Id<Customer>, customer, .tenant = Tenant::customer, .required = true, .read_only = true)
  FIELD(Id<Terminal>, terminal, .required = true, .fixed = true, .part = true)
  FIELD(Text, address, .form = Form::network, .required = true, .title = true, .max = 49)  // One, not a network.
  FIELD(SourceTransport, transport)
  FIELD(Text, from_pattern, .max = 512)  // Regular expression of the user part of From; empty: whatever it says.
  FIELD(Text, description, .max = 190)
};

}  // namespace carillon::model
