// SPDX-License-Identifier: GPL-3.0-or-later
// A number has a place among all numbers of 15 digits, a block a range of places. Blocks do not overlap, so the last one that
// begins before a place is the only one that can hold it.
#include "store/number_blocks.hpp"

#include <functional>
#include <optional>

#include "model/number.hpp"

namespace carillon::store {

namespace {

Result<std::vector<Use>> ddis_of(Statement& statement) {
  std::vector<Use> uses;
  while (true) {
    CARILLON_TRY(is_there, statement.step());
    if (!is_there) return uses;
    uses.push_back({.table = "ddis", .field = "number", .id = statement.integer(0), .title = std::string(statement.text(1))});
  }
}

/// Whose block a number is in; none: nobody's.
Result<Id<model::Brand>> brand_of_block(Database& database, std::string_view number) {
  CARILLON_TRY(statement,
               database.prepare("SELECT brand, high, first FROM number_blocks WHERE low <= ? ORDER BY low DESC LIMIT 1"));
  const std::int64_t place = model::least_number(number);
  statement->bind(1, place);
  CARILLON_TRY(is_there, statement->step());
  if (!is_there || statement->integer(1) < place || statement->text(2).size() > number.size()) return Id<model::Brand>();
  return Id<model::Brand>{statement->integer(0)};
}

Result<bool> has_blocks_alone(Database& database, Id<model::Brand> brand) {
  CARILLON_TRY(statement, database.prepare("SELECT 1 FROM brands WHERE id = ? AND numbers_from = 'blocks'"));
  statement->bind(1, brand.value);
  return statement->step();
}

/// What `look` finds among the rows of all brands.
template <class T>
Result<T> beyond(Database& database, const std::function<Result<T>()>& look) {
  std::optional<T> found;
  CARILLON_CHECK(database.look_beyond([&]() -> Result<> {
    CARILLON_TRY(one, look());
    found = std::move(one);
    return {};
  }));
  return *std::move(found);
}

}  // namespace

Result<NumberRight> number_right(Database& database, Id<model::Brand> brand, std::string_view number) {
  return beyond<NumberRight>(database, [&]() -> Result<NumberRight> {
    CARILLON_TRY(owner, brand_of_block(database, number));
    if (owner == brand) return NumberRight::free;
    CARILLON_TRY(is_strict, has_blocks_alone(database, brand));
    if (is_strict) return NumberRight::unassigned;
    return owner ? NumberRight::others : NumberRight::free;
  });
}

Result<std::vector<NamedBlock>> overlapping(Database& database, const model::NumberBlock& block) {
  return beyond<std::vector<NamedBlock>>(database, [&]() -> Result<std::vector<NamedBlock>> {
    CARILLON_TRY(statement, database.prepare("SELECT b.first, b.last, brands.name, b.high FROM number_blocks b JOIN brands ON "
                                             "brands.id = b.brand WHERE b.low <= ? AND b.id <> ? ORDER BY b.low DESC LIMIT 1"));
    statement->bind(1, block.high);
    statement->bind(2, block.id.value);
    CARILLON_TRY(is_there, statement->step());
    if (!is_there || statement->integer(3) < block.low) return std::vector<NamedBlock>();
    return std::vector<NamedBlock>{
        {std::string(statement->text(0)), std::string(statement->text(1)), std::string(statement->text(2))}};
  });
}

Result<std::vector<Use>> others_in_block(Database& database, const model::NumberBlock& block) {
  return beyond<std::vector<Use>>(database, [&]() -> Result<std::vector<Use>> {
    CARILLON_TRY(statement,
                 database.prepare("SELECT id, number FROM ddi_places WHERE place BETWEEN ? AND ? AND length(number) >= ? "
                                  "AND brand <> ? ORDER BY place LIMIT ?"));
    statement->bind(1, block.low);
    statement->bind(2, block.high);
    statement->bind(3, std::ssize(block.first));
    statement->bind(4, block.brand.value);
    statement->bind(5, numbers_named_max);
    return ddis_of(*statement);
  });
}

Result<std::vector<Use>> held_by_block(Database& database, const model::NumberBlock& block, const model::NumberBlock* kept) {
  CARILLON_TRY(is_strict, has_blocks_alone(database, block.brand));
  if (!is_strict) return std::vector<Use>();
  const model::NumberBlock none{.low = 1, .high = 0};
  const model::NumberBlock& other = kept == nullptr ? none : *kept;
  CARILLON_TRY(statement,
               database.prepare("SELECT id, number FROM ddi_places WHERE place BETWEEN ? AND ? AND length(number) >= ? "
                                "AND brand = ? AND NOT (place BETWEEN ? AND ? AND length(number) >= ?) ORDER BY place LIMIT ?"));
  statement->bind(1, block.low);
  statement->bind(2, block.high);
  statement->bind(3, std::ssize(block.first));
  statement->bind(4, block.brand.value);
  statement->bind(5, other.low);
  statement->bind(6, other.high);
  statement->bind(7, std::ssize(other.first));
  statement->bind(8, numbers_named_max);
  return ddis_of(*statement);
}

Result<std::vector<Use>> outside_blocks(Database& database, Id<model::Brand> brand) {
  CARILLON_TRY(statement,
               database.prepare("SELECT id, number FROM ddi_places WHERE brand = ? AND NOT EXISTS (SELECT 1 FROM number_blocks "
                                "b WHERE b.brand = ddi_places.brand AND b.low <= place AND b.high >= place AND length(b.first) "
                                "<= length(number)) ORDER BY place LIMIT ?"));
  statement->bind(1, brand.value);
  statement->bind(2, numbers_named_max);
  return ddis_of(*statement);
}

}  // namespace carillon::store
