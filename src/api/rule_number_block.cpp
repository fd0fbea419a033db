// SPDX-License-Identifier: GPL-3.0-or-later
// No number is in two blocks, and nobody has a number in another's: what is so already keeps a block from being made, moved or
// taken away.
#include "api/rules.hpp"
#include "model/number.hpp"
#include "model/number_block.hpp"
#include "store/number_blocks.hpp"

namespace carillon::api {

namespace {

using model::NumberBlock;

/// "34 941" becomes +34941. False with a fault when it can be the beginning of no number, or of those of half the world.
bool read_end(Draft& draft, std::string_view field, std::string& end) {
  constexpr std::size_t least_digits = 3;
  const std::string said = end;
  std::string kept;
  for (const char c : said)
    if (!std::string_view(" -./").contains(c)) kept.push_back(c);
  if (!kept.starts_with('+')) kept.insert(0, "+");
  if (kept.size() <= least_digits || !model::is_number_prefix(kept)) {
    draft.faults.push_back({std::string(field), "must be 3 to 15 digits with + before them, the first of them not 0"});
    return false;
  }
  end = std::move(kept);
  note_conversion(draft, field, said, end);
  return true;
}

/// Whether its two ends make a range.
bool read_range(Draft& draft, NumberBlock& block) {
  if (block.first.empty()) return false;  // Refused later.
  const bool is_first_read = read_end(draft, "first", block.first);
  const bool is_last_read = block.last.empty() || read_end(draft, "last", block.last);
  if (!is_first_read || !is_last_read) return false;
  const std::string& last = block.last.empty() ? block.first : block.last;
  if (last.size() != block.first.size()) {
    draft.faults.push_back({"last", "must have as many digits as first"});
    return false;
  }
  block.low = model::least_number(block.first);
  block.high = model::greatest_number(last);
  if (block.low > block.high) draft.faults.push_back({"last", "must not be less than first"});
  return block.low <= block.high;
}

std::string named(const std::vector<store::Use>& uses) {
  std::string numbers;
  for (const store::Use& use : uses) numbers += (numbers.empty() ? "" : ", ") + use.title;
  return std::ssize(uses) == store::numbers_named_max ? numbers + " and perhaps more" : numbers;
}

}  // namespace

Result<> rule_number_block(Draft& draft) {
  auto& block = draft.object.as<NumberBlock>();
  if (!read_range(draft, block)) return {};
  store::Database& database = draft.edit.database();
  CARILLON_TRY(other, store::overlapping(database, block));
  for (const store::NamedBlock& each : other) {
    const std::string range = each.last.empty() ? each.first : each.first + " to " + each.last;
    draft.faults.push_back({"first", fmt::format("has numbers in common with the block {} of {}", range, each.brand)});
  }
  CARILLON_TRY(theirs, store::others_in_block(database, block));
  if (!theirs.empty())
    draft.faults.push_back({"first", fmt::format("has numbers that other brands have as DDIs: {}", named(theirs))});
  if (draft.before == nullptr) return {};
  CARILLON_TRY(lost, store::held_by_block(database, draft.before->as<NumberBlock>(), &block));
  if (!lost.empty()) draft.faults.push_back({"first", fmt::format("leaves out DDIs of the brand: {}", named(lost))});
  return {};
}

Result<> check_numbers_from(Draft& draft) {
  const auto& brand = draft.object.as<model::Brand>();
  const bool is_strict = brand.numbers_from == model::NumbersFrom::blocks;
  if (draft.before == nullptr || !is_strict || !has_changed(draft, &model::Brand::numbers_from)) return {};
  CARILLON_TRY(outside, store::outside_blocks(draft.edit.database(), brand.id));
  if (!outside.empty())
    draft.faults.push_back({"numbersFrom", fmt::format("the brand has DDIs in none of its blocks: {}", named(outside))});
  return {};
}

Result<std::vector<store::Use>> keepers_of_number_block(store::Edit& edit, std::int64_t id) {
  CARILLON_TRY(block, store::find(edit.database(), edit.scope(), Id<NumberBlock>{id}));
  return store::held_by_block(edit.database(), block);
}

}  // namespace carillon::api
