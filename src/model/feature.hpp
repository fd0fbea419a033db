// SPDX-License-Identifier: GPL-3.0-or-later
// What the platform sells beside calls: it gives features to a brand, the brand those that it has to its customers. One that is
// off is not there: its operations answer `api.not_enabled`, and nothing of it happens.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace carillon::model {

enum class Feature : std::uint8_t {
  vpbx,           ///< Customers with a PBX of their own.
  retail,         ///< Customers with single accounts.
  call_control,   ///< Programs begin, end, hold and transfer calls.
  webhooks,       ///< Programs are told what happens.
  traces,         ///< Who may see calls sees how they went.
  data_transfer,  ///< Import and export of files.
  billing,        ///< Calls need prices; else somebody else rates them.
};
inline constexpr std::string_view feature_names[] = {"vpbx",   "retail",        "call_control", "webhooks",
                                                     "traces", "data_transfer", "billing"};
constexpr std::span<const std::string_view> choices(Feature) {
  return feature_names;
}
constexpr std::int64_t all_features = (std::int64_t{1} << std::size(feature_names)) - 1;

}  // namespace carillon::model
