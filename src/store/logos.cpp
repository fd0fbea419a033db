// SPDX-License-Identifier: GPL-3.0-or-later
// One table for the pictures of both: ids are the platform's, so no brand has a portal's.
#include "store/logos.hpp"

#include "base/assert.hpp"

namespace carillon::store {
namespace {

using model::member;

bool is_portal(const model::Resource& owner) {
  return &owner == &model::resource_of<model::Portal>;
}

Result<> insert(Database& database, const model::Resource& owner, const model::Object& object, const Logo& logo) {
  CARILLON_TRY(statement,
               database.prepare("INSERT INTO logos (id, brand, portal, type, tag, content) VALUES (?, ?, ?, ?, ?, ?)"));
  const auto id = member<std::int64_t>(object.get(), owner.fields.front());
  statement->bind(1, id);
  statement->bind_id(2, is_portal(owner) ? object.as<model::Portal>().brand.value : id);
  statement->bind_id(3, is_portal(owner) ? id : 0);
  statement->bind(4, logo.type);
  statement->bind(5, logo.tag);
  statement->bind(6, logo.content);
  return statement->run();
}

}  // namespace

Result<std::optional<Logo>> find_logo(Database& database, const model::Resource& owner, std::int64_t id) {
  CARILLON_TRY(
      statement,
      is_portal(owner)
          ? database.prepare("SELECT type, content, tag FROM logos WHERE portal = ? OR (portal IS NULL AND brand = "
                             "(SELECT brand FROM portals WHERE id = ?)) ORDER BY CASE WHEN portal IS NULL THEN 1 ELSE 0 END "
                             "LIMIT 1")
          : database.prepare("SELECT type, content, tag FROM logos WHERE id = ? AND portal IS NULL AND brand = ?"));
  statement->bind(1, id);
  statement->bind(2, id);
  CARILLON_TRY(is_found, statement->step());
  if (!is_found) return std::nullopt;
  return Logo{.type = std::string(statement->text(0)),
              .content = std::string(statement->text(1)),
              .tag = std::string(statement->text(2))};
}

Result<> set_logo(Edit& edit, const model::Resource& owner, std::int64_t id, const std::optional<Logo>& logo) {
  const model::FieldInfo* tag = owner.find("logo");
  CARILLON_ASSERT(tag != nullptr && tag->kind == model::Kind::text);
  CARILLON_TRY(object, load(edit.database(), edit.scope(), owner, id));
  CARILLON_TRY(old, edit.database().prepare("DELETE FROM logos WHERE id = ?"));
  old->bind(1, id);
  CARILLON_CHECK(old->run());
  if (logo) CARILLON_CHECK(insert(edit.database(), owner, object, *logo));
  member<model::Text>(object.get(), *tag) = logo ? logo->tag : std::string();
  return edit.update(owner, object.get());
}

}  // namespace carillon::store
