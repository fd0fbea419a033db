// SPDX-License-Identifier: GPL-3.0-or-later
// The only way to change configuration: a transaction that ends with its number in the change feed, so that every reader learns
// of it in commit order and without gaps.
#pragma once

#include <span>

#include "store/audit.hpp"
#include "store/references.hpp"
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
/// within the scope; each change is in the audit log; nothing is visible before commit(). Destroying it uncommitted undoes
/// everything.
class Edit {
 public:
  /// `now` is what new ids are made from.
  static Result<Edit> begin(Database& database, Scope scope, Instant now, Actor actor = {});

  /// Fills in id, brand and customer of a new object from the scope, the brand from the customer, then stores it. `invalid` names
  /// a field at fault, faults() all of them.
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

  /// The same for who does not know the type.
  Result<> insert(const model::Resource& resource, void* object);
  /// `in_use` when it would leave its customer and others refer to it.
  Result<> update(const model::Resource& resource, const void* object);
  /// Its parts go with it. `in_use` when others refer to it or to one of them: uses() says who.
  Result<> remove(const model::Resource& resource, std::int64_t id);

  /// Gives a new object its place in the tree, as insert() does: for who wants to know it before. `not_found` when it says it is
  /// somebody else's.
  Result<> place(const model::Resource& resource, void* object);

  /// Whether what the scope can see is its own to change: what it is lent it only reads.
  bool may_change(const model::Resource& resource, const void* object) const;

  const std::vector<model::FieldFault>& faults() const { return faults_; }  ///< After `invalid`.
  const std::vector<Use>& uses() const { return uses_; }                    ///< After `in_use`.
  Database& database() { return *database_; }
  const Scope& scope() const { return scope_; }
  Instant now() const { return now_; }
  bool has_changes() const { return !changes_.empty(); }

  /// The number of this transaction in the feed. A transaction that changed nothing gets none: 0.
  Result<std::int64_t> commit();

 private:
  Edit(Database& database, Scope scope, Instant now, Actor actor, std::int64_t number, Transaction transaction)
      : database_(&database),
        scope_(scope),
        now_(now),
        actor_(std::move(actor)),
        number_(number),
        transaction_(std::move(transaction)) {}
  Result<> check(const model::Resource& resource, const void* object, const void* before = nullptr);
  Result<> check_unused(const model::Resource& resource, std::int64_t id);
  Result<> let_go(const model::Resource& resource, std::int64_t id);
  Result<> remove_parts(const model::Resource& resource, std::int64_t id);
  void note(const model::Resource& resource, const void* object);

  Database* database_;
  Scope scope_;
  Instant now_;
  Actor actor_;
  std::int64_t number_;  ///< In the feed.
  Transaction transaction_;
  std::vector<Change> changes_;
  std::vector<model::FieldFault> faults_;
  std::vector<Use> uses_;
};

/// Ends a transaction that wrote configuration by other means (bulk loads): puts `changes` into the feed, without committing.
Result<std::int64_t> publish(Database& database, std::span<const Change> changes);

}  // namespace carillon::store
