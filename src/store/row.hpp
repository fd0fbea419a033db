// SPDX-License-Identifier: GPL-3.0-or-later
// Between a member of a declared object and a column of a row: one switch over kinds in each direction. For this module only.
#pragma once

#include <variant>

#include "store/table.hpp"

namespace carillon::store {

/// A field's content in the form the database keeps it.
class Value {
 public:
  static Value of(const model::FieldInfo& field, const void* object);
  /// Reads the form the API shows; none when it does not fit the field.
  static std::optional<Value> parse_shown(const model::FieldInfo& field, std::string_view shown);
  /// Reads what text() gave.
  static std::optional<Value> parse(const model::FieldInfo& field, std::string_view text);

  /// A text as it is, for what compares with patterns.
  static Value pattern(std::string text) { return Value(Content(std::move(text))); }

  bool is_null() const { return std::holds_alternative<std::monostate>(content_); }
  std::string text() const;
  void bind(Statement& statement, int parameter) const;

 private:
  using Content = std::variant<std::monostate, std::int64_t, std::string>;
  explicit Value(Content content) : content_(std::move(content)) {}
  static Value id(std::int64_t id);
  Content content_;
};

/// Fills an object from the columns of column_list(). `corrupt` for what no writer of ours could have written.
Result<> read_row(const Statement& statement, const model::Resource& resource, void* object);

std::string quoted(const model::FieldInfo& field);
std::string column_list(const model::Resource& resource);
/// The condition that keeps a statement within what a scope may read, or change; empty for the whole platform. The one place
/// where tenants are told apart.
std::string readable(const model::Resource& resource, const Scope& scope);
std::string changeable(const model::Resource& resource, const Scope& scope);

}  // namespace carillon::store
