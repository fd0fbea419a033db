// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what was sealed opens with its key and in its place, and nowhere else.
#include "store/seal.hpp"

#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace carillon::store {
namespace {

constexpr SealedPlace here{"second_factors", 5, "secret"};

TEST(Seal, OpensInItsPlaceAlone) {
  const Sealer sealer = Sealer::fleeting();
  const std::string sealed = sealer.seal("a secret", here);
  EXPECT_EQ(sealer.open(sealed, here)->reveal(), "a secret");
  EXPECT_FALSE(sealed.contains("secret"));
  EXPECT_NE(sealed, sealer.seal("a secret", here));
  for (const SealedPlace& other :
       {SealedPlace{"mails", 5, "secret"}, {"second_factors", 6, "secret"}, {"second_factors", 5, "body"}}) {
    EXPECT_TRUE(sealer.open(sealed, other).error().is(SealFault::broken));
  }
  EXPECT_EQ(sealer.open(sealer.seal("", here), here)->reveal(), "");
}

TEST(Seal, NoticesEveryChange) {
  const Sealer sealer = Sealer::fleeting();
  const std::string sealed = sealer.seal("x", here);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = changed[at] == '0' ? '1' : '0';
    EXPECT_FALSE(sealer.open(changed, here)) << at;
    EXPECT_FALSE(sealer.open(sealed.substr(0, at), here)) << at;
  }
  EXPECT_TRUE(Sealer::fleeting().open(sealed, here).error().is(SealFault::unknown_key));
}

TEST(Seal, KeepsItsKeyInAFileThatIsOursAlone) {
  const carillon::testing::TemporaryDirectory folder;
  const auto file = folder.path() / "master.key";
  EXPECT_TRUE(Sealer::load(file).error().is(SealFault::unreadable));
  ASSERT_TRUE(Sealer::make(file));
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
  const std::string before = carillon::testing::read_file(file);
  const std::string sealed = Sealer::load(file)->seal("x", here);
  ASSERT_TRUE(Sealer::make(file));
  EXPECT_EQ(carillon::testing::read_file(file), before);
  EXPECT_EQ(Sealer::load(file)->open(sealed, here)->reveal(), "x");
  std::filesystem::permissions(file, std::filesystem::perms(0640));
  EXPECT_TRUE(Sealer::load(file).error().is(SealFault::unreadable));
}

TEST(Seal, TakesANewKeyAndOpensWithTheOld) {
  const carillon::testing::TemporaryDirectory folder;
  const auto old_file = folder.path() / "old", new_file = folder.path() / "new", both = folder.path() / "both";
  ASSERT_TRUE(Sealer::make(old_file) && Sealer::make(new_file) && Sealer::make(both));
  const std::string sealed = Sealer::load(old_file)->seal("x", here);
  carillon::testing::write_file(both, carillon::testing::read_file(new_file) + carillon::testing::read_file(old_file));
  const auto sealer = Sealer::load(both);
  ASSERT_TRUE(sealer) << sealer.error().what;
  EXPECT_EQ(sealer->open(sealed, here)->reveal(), "x");
  EXPECT_EQ(Sealer::load(new_file)->open(sealer->seal("y", here), here)->reveal(), "y");
  for (const char* bad : {"", "x\n", "a b\n", "abcd 00\n"}) {
    carillon::testing::write_file(both, bad);
    EXPECT_TRUE(Sealer::load(both).error().is(SealFault::unreadable)) << bad;
  }
}

}  // namespace
}  // namespace carillon::store
