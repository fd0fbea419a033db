// SPDX-License-Identifier: GPL-3.0-or-later
// The trace of one call as people read it: looked up in the segments, told in order, drawn as a ladder.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/trace.hpp"
#include "trace/item.hpp"

namespace carillon::trace {

/// Whose call it has to be, zero = whosever, and who reads it.
struct Whose {
  std::int64_t brand = 0;
  std::int64_t customer = 0;
  Audience reader = Audience::brand;
};

constexpr std::size_t story_items_max = 2000;
constexpr std::size_t story_bytes_max = 4 << 20;  ///< Of all messages.

/// All that is kept of a call, in order; a last line says when there was more. Empty when there is nothing, or it is somebody
/// else's. Reads many files: not on a loop's thread.
Result<std::vector<model::TraceItem>> find_story(const std::filesystem::path& directory, const CallId& call, const Whose& whose);

/// Items in any order, as a story. A customer is shown nothing of carriers: neither what they said nor where their media came
/// from.
std::vector<model::TraceItem> tell(std::span<const Item> items, Audience reader = Audience::brand);

/// Text for a terminal: a column for each address, an arrow for each message, decisions and quality between them. Nothing in it
/// but printable characters and line ends.
std::string draw_ladder(std::span<const model::TraceItem> story);

}  // namespace carillon::trace
