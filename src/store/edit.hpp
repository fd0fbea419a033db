// SPDX-License-Identifier: GPL-3.0-or-later
// The only way to change configuration: a transaction that ends with its number in the change feed, so that every reader learns
// of it in commit order and without gaps.
#pragma once

#include <span>

#include "store/table.hpp"

namespace carillon::store {

/// What a configuration transaction touched. Without a customer it is the brand's, without both the platform's.
struct Change {
  std::int64_t n = 0;
  Id<model::Brand> brand;
  Id<model::Customer> customer;
  std::string entity;  ///< The table; of a bulk load the widest: "brands", "customers".
  std::int64_t id = 0;
};

/// The number of the last configuration transaction.
Result<std::int64_t> last_change(Database& database);
/// What happened after `n`, in order; `limit` caps the rows.
Result<std::vector<Change>> changes_after(Database& database, std::int64_t n, std::int64_t limit = 1000);

/// One configuration transaction; one after another. Objects are validated, given their id when they have none, and must lie
/// within the scope; nothing is visible before commit(). Destroying it uncommitted undoes everything.
class Edit {
 public:
  /// `now` is what new ids are made from.
  static Result<Edit> begin(Database& database, Scope scope, Instant now);

  /// Fills in id, brand and customer of a new object from the scope, then stores it. `invalid` names the field at fault.
  template <class T>
  Result<> insert(T& object) {
    return insert(model::resource_of<T>, &object);
  }
  template <class T>
  Result<> update(const T& object) {
    return update(model::resource_of<T>, &object);
  }
  template <class T>
  Result<> remove(Id<T> id) {
    return remove(model::resource_of<T>, id.value);
  }

  /// The number of this transaction in the feed. A transaction that changed nothing gets none: 0.
  Result<std::int64_t> commit();

 private:
  Edit(Database& database, Scope scope, Instant now, std::int64_t number, Transaction transaction)
      : database_(&database), scope_(scope), now_(now), number_(number), transaction_(std::move(transaction)) {}
  Result<> insert(const model::Resource& resource, void* object);
  Result<> update(const model::Resource& resource, const void* object);
  Result<> remove(const model::Resource& resource, std::int64_t id);
  void note(const model::Resource& resource, const void* object);

  Database* database_;
  Scope scope_;
  Instant now_;
  std::int64_t number_;  ///< In the feed.
  Transaction transaction_;
  std::vector<Change> changes_;
};

/// Ends a transaction that wrote configuration by other means (bulk loads): puts `changes` into the feed, without committing.
Result<std::int64_t> publish(Database& database, std::span<const Change> changes);

}  // namespace carillon::store
