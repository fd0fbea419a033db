// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a brand makes DDIs of the numbers that the platform gave it, no brand of another's, and what a block holds keeps it.
#include <boost/json/serialize.hpp>

#include "site.hpp"

namespace carillon::api {
namespace {

namespace json = boost::json;

class NumberBlocksTest : public testing::Site {
 protected:
  testing::Reply say(const std::string& address, const std::string& token, const json::object& body) {
    return patch(address, token, json::serialize(body));
  }
  testing::Reply make_block(const std::string& brand, const std::string& from, const std::string& to = {}) {
    return make("/number-blocks", {{"brand", brand}, {"first", from}, {"last", to}}, platform_);
  }
  std::string address_of(const testing::Reply& block) { return "/number-blocks/" + block.string("id"); }
  testing::Reply make_ddi(const std::string& number, const std::string& token, const std::string& headers = {}) {
    return make("/ddis", {{"number", number}}, token, headers);
  }

  std::string platform_ = token_of("admin");
  std::string brand_ = token_of("demobrand");  // Its numbers are from anywhere.
  std::string company_ = token_of("democompany");
  std::string brand_id_ = first("/brands", brand_);
  std::string other_id_ = make("/brands", {{"name", "Other"}, {"currency", "EUR"}}, platform_).string("id");
  unsigned administrator_made_ =
      make("/administrators", {{"login", "other"}, {"password", "quiet-river-stone"}, {"brand", other_id_}}, platform_).status;
  std::string other_ = log_in("other", "quiet-river-stone").string("token");
};
CARILLON_ON_EACH_DATABASE(NumberBlocksTest);

TEST_P(NumberBlocksTest, SayWhatANewBrandMayHave) {
  EXPECT_EQ(get("/brands/" + other_id_, other_).string("numbersFrom"), "blocks");
  EXPECT_EQ(get("/brands/" + brand_id_, brand_).string("numbersFrom"), "anywhere");
  EXPECT_EQ(faults(say("/brands/" + other_id_, other_, {{"numbersFrom", "anywhere"}})), Fields{"numbersFrom"});
  EXPECT_EQ(faults(make_ddi("+34942942942", other_)), Fields{"number"});
  ASSERT_EQ(make_block(other_id_, "+34942942").status, 201U);
  ASSERT_EQ(make_block(other_id_, "+34942943000", "+34942943099").status, 201U);
  for (const char* in : {"+34942942942", "+34942942000", "+34942942999", "+34942943000", "+34942943099", "+349429430005"})
    EXPECT_EQ(make_ddi(in, other_).status, 201U) << in;
  for (const char* out : {"+34942941999", "+34942943100", "+3494294", "+35142942942"})
    EXPECT_EQ(faults(make_ddi(out, other_)), Fields{"number"}) << out;
  EXPECT_EQ(say("/brands/" + other_id_, platform_, {{"numbersFrom", "anywhere"}}).status, 200U);
  EXPECT_EQ(make_ddi("+35142942942", other_).status, 201U);
}

TEST_P(NumberBlocksTest, KeepOthersOut) {
  ASSERT_EQ(make_block(other_id_, "+34942942").status, 201U);
  const auto refused = make_ddi("+34942942942", brand_);
  EXPECT_EQ(faults(refused), Fields{"number"});
  EXPECT_FALSE(refused.text.contains("Other")) << refused.text;
  EXPECT_EQ(faults(make("/ddis", {{"number", "+34942942942"}}, platform_, "X-Carillon-Brand: " + brand_id_ + "\r\n")),
            Fields{"number"});
  const std::string customer = first("/customers", company_);
  EXPECT_EQ(faults(make_ddi("+34942942942", brand_, "X-Carillon-Customer: " + customer + "\r\n")), Fields{"number"});
  // Nor does a number become another's.
  const std::string own = "/ddis/" + make_ddi("+34941941500", brand_).string("id");
  EXPECT_EQ(faults(say(own, brand_, {{"number", "+34942942942"}})), Fields{"number"});
  EXPECT_EQ(say(own, brand_, {{"number", "+34941941501"}, {"description", "moved"}}).status, 200U);
  const auto import = post("/ddis/import", brand_, "number\r\n+34941941502\r\n+34942942942\r\n");
  ASSERT_EQ(import.body.at("errors").as_array().size(), 1U) << import.text;
  EXPECT_EQ(import.body.at("errors").at(0).at("line"), 3);
}

TEST_P(NumberBlocksTest, ActForACustomerToo) {
  const std::string customer =
      make("/customers", {{"name", "Elsewhere"}, {"country", "ES"}, {"currency", "EUR"}}, other_).string("id");
  const std::string as_customer = "X-Carillon-Customer: " + customer + "\r\n";
  EXPECT_EQ(faults(make_ddi("+34942942942", other_, as_customer)), Fields{"number"});
  ASSERT_EQ(make_block(other_id_, "+34942942").status, 201U);
  const auto made = make_ddi("+34942942942", other_, as_customer);
  EXPECT_EQ(made.status, 201U) << made.text;
  // What was looked up across brands is not seen afterwards.
  EXPECT_EQ(get("/ddis", other_).body.at("total").as_int64(), 1);
}

TEST_P(NumberBlocksTest, AreRangesOfNumbersAndNothingElse) {
  const auto plain = make_block(other_id_, "34 942-942");
  EXPECT_EQ(plain.string("first"), "+34942942") << plain.text;
  EXPECT_EQ(plain.body.at("notices").at(0).at("field").as_string(), "first");
  EXPECT_FALSE(plain.body.as_object().contains("low")) << plain.text;
  for (const char* bad : {"+3", "+34", "+0349", "+34x", "+1234567890123456", "++349", "00349", "*349", "+"})
    EXPECT_EQ(faults(make_block(other_id_, bad)), Fields{"first"}) << bad;
  EXPECT_EQ(faults(make_block(other_id_, "+34950", "+3495")), Fields{"last"});
  EXPECT_EQ(faults(make_block(other_id_, "+34951", "+34950")), Fields{"last"});
  EXPECT_EQ(faults(make_block(other_id_, "+34951", "x")), Fields{"last"});
  EXPECT_EQ(make_block(other_id_, "+999999999999999").status, 201U);
}

TEST_P(NumberBlocksTest, HaveNoNumberInCommon) {
  ASSERT_EQ(make_block(other_id_, "+34942200", "+34942299").status, 201U);
  for (const std::string& brand : {brand_id_, other_id_}) {
    for (const auto& [first, last] : {std::pair{"+34942200", "+34942299"},
                                      {"+34942250", ""},
                                      {"+34942", ""},
                                      {"+349422500", ""},
                                      {"+34942100", "+34942200"},
                                      {"+34942299", "+34942300"},
                                      {"+349421999", "+349422000"}})
      EXPECT_EQ(faults(make_block(brand, first, last)), Fields{"first"}) << first << " " << last;
    EXPECT_EQ(make_block(brand, brand == brand_id_ ? "+34942199" : "+34942300").status, 201U);
  }
  const auto above = make_block(brand_id_, "+34942400");
  EXPECT_EQ(faults(say(address_of(above), platform_, {{"first", "+34942250"}})), Fields{"first"});
  EXPECT_EQ(say(address_of(above), platform_, {{"first", "+34942401"}}).status, 200U);
}

TEST_P(NumberBlocksTest, AreNotMadeOverWhatOthersHave) {
  const auto refused = make_block(other_id_, "+34941941");
  EXPECT_EQ(faults(refused), Fields{"first"});
  EXPECT_TRUE(refused.text.contains("+34941941941")) << refused.text;
  // Acting for the brand, too, it sees what is others'.
  const std::string as_other = "X-Carillon-Brand: " + other_id_ + "\r\n";
  EXPECT_NE(make("/number-blocks", {{"first", "+34941941"}}, platform_, as_other).status, 201U);
  EXPECT_EQ(make_block(brand_id_, "+34941941").status, 201U);
  const auto beside = make_block(other_id_, "+34941942");
  ASSERT_EQ(beside.status, 201U) << beside.text;
  EXPECT_EQ(make_ddi("+34941943000", brand_).status, 201U);
  EXPECT_EQ(faults(say(address_of(beside), platform_, {{"last", "+34941943"}})), Fields{"first"});
}

TEST_P(NumberBlocksTest, AreHeldByTheirNumbers) {
  const auto block = make_block(other_id_, "+34942942000", "+34942942099");
  const std::string ddi = make_ddi("+34942942050", other_).string("id");
  const auto held = remove(address_of(block), platform_);
  EXPECT_EQ(held.status, 409U) << held.text;
  EXPECT_EQ(held.body.at("uses").at(0).at("id").as_string(), ddi);
  EXPECT_EQ(faults(say(address_of(block), platform_, {{"last", "+34942942049"}})), Fields{"first"});
  EXPECT_EQ(say(address_of(block), platform_, {{"last", "+34942942050"}}).status, 200U);
  // The whole of a larger block, in two steps.
  EXPECT_EQ(say(address_of(block), platform_, {{"first", "+34942942"}, {"last", ""}}).status, 200U);
  EXPECT_EQ(remove("/ddis/" + ddi, other_).status, 204U);
  EXPECT_EQ(remove(address_of(block), platform_).status, 204U);
  // Whose numbers may be from anywhere keeps them.
  const auto lent = make_block(brand_id_, "+34941941");
  EXPECT_EQ(remove(address_of(lent), platform_).status, 204U);
}

TEST_P(NumberBlocksTest, AreEnoughBeforeNothingElseIs) {
  const std::string brand = "/brands/" + brand_id_;
  const auto refused = say(brand, platform_, {{"numbersFrom", "blocks"}});
  EXPECT_EQ(faults(refused), Fields{"numbersFrom"});
  EXPECT_TRUE(refused.text.contains("+34941941941")) << refused.text;
  ASSERT_EQ(make_block(brand_id_, "+34941").status, 201U);
  EXPECT_EQ(say(brand, platform_, {{"numbersFrom", "blocks"}}).status, 200U);
  EXPECT_EQ(faults(make_ddi("+34942942942", brand_)), Fields{"number"});
}

TEST_P(NumberBlocksTest, AreThePlatformsToGive) {
  const auto own = make_block(other_id_, "+34942942");
  EXPECT_EQ(get(address_of(own), other_).string("first"), "+34942942");
  EXPECT_EQ(get("/number-blocks", brand_).body.at("total").as_int64(), 0);
  EXPECT_EQ(get(address_of(own), brand_).status, 404U);
  EXPECT_EQ(get("/number-blocks", company_).status, 403U);
  EXPECT_EQ(make("/number-blocks", {{"first", "+34943"}}, other_).status, 403U);
  EXPECT_EQ(say(address_of(own), other_, {{"first", "+34"}}).status, 403U);
  EXPECT_EQ(remove(address_of(own), other_).status, 403U);
}

}  // namespace
}  // namespace carillon::api
