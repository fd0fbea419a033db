// SPDX-License-Identifier: GPL-3.0-or-later
// Declarations are complete: every member is a field, knows its kind and place, and starts with its initial value.
#include "model/field.hpp"

#include <gtest/gtest.h>

#include "model/administrator.hpp"
#include "model/brand.hpp"
#include "model/call.hpp"
#include "model/customer.hpp"
#include "model/customer_network.hpp"
#include "model/domain.hpp"
#include "model/extension.hpp"
#include "model/resources.hpp"
#include "model/settings.hpp"
#include "model/target.hpp"
#include "model/terminal.hpp"
#include "model/user.hpp"

namespace carillon::model {
namespace {

std::size_t size_of(Kind kind) {
  switch (kind) {
    case Kind::call:
      return sizeof(CallId);
    case Kind::text:
    case Kind::secret:
    case Kind::json:
      return sizeof(std::string);
    case Kind::boolean:
    case Kind::enumeration:
      return 1;
    default:
      return 8;
  }
}

/// Fields follow each other without a gap that a member without a declaration could hide in.
template <class T>
void expect_complete() {
  std::size_t end = 0;
  for (const FieldInfo& field : fields_of<T>) {
    EXPECT_LT(field.offset - end, 8U) << resource_of<T>.table << '.' << field.name;
    end = field.offset + size_of(field.kind);
  }
  EXPECT_LT(sizeof(T) - end, 8U) << resource_of<T>.table;
  EXPECT_EQ(fields_of<T>.front().name, "id");
}

TEST(Field, CoversEveryMember) {
  expect_complete<Administrator>();
  expect_complete<Brand>();
  expect_complete<Customer>();
  expect_complete<Domain>();
  expect_complete<Terminal>();
  expect_complete<User>();
  expect_complete<Extension>();
  expect_complete<Target>();
  expect_complete<CustomerNetwork>();
  expect_complete<Call>();
}

TEST(Field, ReachesItsMember) {
  Terminal terminal;
  terminal.name = "alice";
  const FieldInfo* name = resource_of<Terminal>.find("name");
  ASSERT_NE(name, nullptr);
  EXPECT_EQ(member<Text>(&terminal, *name), "alice");
  member<Text>(&terminal, *name) = "bob";
  EXPECT_EQ(terminal.name, "bob");
  EXPECT_EQ(resource_of<Terminal>.find("nothing"), nullptr);
}

TEST(Field, BeginsWithItsInitialValue) {
  EXPECT_EQ(Domain().max_contacts, 10);
  EXPECT_TRUE(User().active);
  EXPECT_FALSE(Call().broken);
}

TEST(Field, InheritsFromOneOfItsKind) {
  for (const Resource* resource : resources()) {
    for (const FieldInfo& field : resource->fields) {
      if (field.inherits.empty()) continue;
      const std::size_t dot = field.inherits.find('.');
      const bool is_platforms = field.inherits.starts_with("settings.");
      const FieldInfo* reference = resource->find(field.inherits.substr(0, dot));
      ASSERT_TRUE(is_platforms || reference != nullptr) << field.inherits;
      const Resource* above = is_platforms ? &resource_of<Settings> : find_resource(reference->references);
      ASSERT_NE(above, nullptr) << field.inherits;
      const FieldInfo* source = above->find(field.inherits.substr(dot + 1));
      ASSERT_NE(source, nullptr) << field.inherits;
      EXPECT_EQ(source->kind, field.kind) << field.inherits;
      EXPECT_FALSE(field.required) << field.name;
      // Of a number 0 may be what the platform has for everybody.
      EXPECT_TRUE(source->required || !source->inherits.empty() || field.kind == Kind::integer) << field.inherits;
      if (field.kind == Kind::enumeration) EXPECT_TRUE(field.choices.front().empty()) << field.name;
    }
  }
}

TEST(Field, HasTwoNames) {
  EXPECT_EQ(json_name(*resource_of<User>.find("last_name")), "lastName");
  EXPECT_EQ(column_name(*resource_of<User>.find("last_name")), "last_name");
  EXPECT_EQ(json_name(*resource_of<Call>.find("duration")), "durationSeconds");
  EXPECT_EQ(column_name(*resource_of<Call>.find("duration")), "duration_ms");
  EXPECT_EQ(resource_of<Call>.find_json("startedAt"), resource_of<Call>.find("started_at"));
}

TEST(Field, KnowsTheNamesOfItsEnumeration) {
  EXPECT_EQ(text_of(CallStatus::noanswer), "noanswer");
  EXPECT_EQ(resource_of<Call>.find("status")->choices.size(), 7U);
}

}  // namespace
}  // namespace carillon::model
