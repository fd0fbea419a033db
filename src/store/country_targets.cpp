// SPDX-License-Identifier: GPL-3.0-or-later
// Prefixes of countries, and the rows made of them. Calling codes and area codes are those that the ITU and the North American
// Numbering Plan Administration assigned; continents are the United Nations' (M49), the Americas parted at Panama.
#include "store/country_targets.hpp"

#include <map>
#include <optional>

#include "model/brand.hpp"
#include "model/target_group.hpp"
#include "model/target_group_member.hpp"
#include "store/ready_made.hpp"

namespace carillon::store {
namespace {

constexpr Continent all_continents[] = {
    {"Africa",
     "AC:247 AO:244 BF:226 BI:257 BJ:229 BW:267 CD:243 CF:236 CG:242 CI:225 CM:237 CV:238 DJ:253 DZ:213 EG:20 EH:2125288,2125289 "
     "ER:291 ET:251 GA:241 GH:233 GM:220 GN:224 GQ:240 GW:245 IO:246 KE:254 KM:269 LR:231 LS:266 LY:218 MA:212 MG:261 ML:223 "
     "MR:222 MU:230 MW:265 MZ:258 NA:264 NE:227 NG:234 RE+TF:262 RW:250 SC:248 SD:249 SH:290 SL:232 SN:221 SO:252 SS:211 ST:239 "
     "SZ:268 TA:2908 TD:235 TG:228 TN:216 TZ:255 UG:256 YT:262269,262639 ZA:27 ZM:260 ZW:263"},
    {"Antarctica", "AQ:6721 HM:672"},
    {"Asia",
     "AE:971 AF:93 AM:374 AZ:994 BD:880 BH:973 BN:673 BT:975 CN:86 CY:357 GE:995 HK:852 ID:62 IL:972 IN:91 IQ:964 IR:98 JO:962 "
     "JP:81 KG:996 KH:855 KP:850 KR:82 KW:965 KZ:77,76 LA:856 LB:961 LK:94 MM:95 MN:976 MO:853 MV:960 MY:60 NP:977 OM:968 PH:63 "
     "PK:92 PS:970 QA:974 SA:966 SG:65 SY:963 TH:66 TJ:992 TL:670 TM:993 TR:90 TW:886 UZ:998 VN:84 YE:967"},
    {"Europe",
     "AD:376 AL:355 AT:43 AX:35818 BA:387 BE:32 BG:359 BY:375 CH:41 CZ:420 DE:49 DK:45 EE:372 ES:34 FI:358 FO:298 FR:33 GB:44 "
     "GG:441481,447781,447839 GI:350 GR:30 HR:385 HU:36 IE:353 IM:441624,447624,447924 IS:354 IT:39 "
     "JE:441534,447509,447797,447829,447937 LI:423 LT:370 LU:352 LV:371 MC:377 MD:373 ME:382 MK:389 MT:356 NL:31 NO+BV:47 PL:48 "
     "PT:351 RO:40 RS:381 RU:7 SE:46 SI:386 SJ:4779 SK:421 SM:378 UA:380 VA:3906698 XK:383"},
    {"North America",
     "AG:1268 AI:1264 AW:297 BB:1246 BM:1441 BQ:5997,5993,5994 BS:1242 BZ:501 CR:506 CU:53 CW:5999 DM:1767 DO:1809,1829,1849 "
     "GD:1473 GL:299 GP+BL+MF:590 GT:502 HN:504 HT:509 JM:1876,1658 KN:1869 KY:1345 LC:1758 MQ:596 MS:1664 MX:52 NI:505 PA:507 "
     "PM:508 PR:1787,1939 SV:503 SX:1721 TC:1649 TT:1868 US+CA+UM:1 VC:1784 VG:1284 VI:1340"},
    {"Oceania",
     "AS:1684 AU:61 CC:6189162 CK:682 CX:6189164 FJ:679 FM:691 GU:1671 KI:686 MH:692 MP:1670 NC:687 NF:6723 NR:674 NU:683 "
     "NZ+PN:64 "
     "PF:689 PG:675 PW:680 SB:677 TK:690 TO:676 TV:688 VU:678 WF:681 WS:685"},
    {"South America", "AR:54 BO:591 BR:55 CL:56 CO:57 EC:593 FK+GS:500 GF:594 GY:592 PE:51 PY:595 SR:597 UY:598 VE:58"},
};

constexpr std::size_t longest_name = 64;
constexpr auto time_for_ids = 1s;  ///< A millisecond each, so that their order is that of the list.

/// The first part of a list; the list loses it.
std::string_view take(std::string_view& list, char separator) {
  const std::size_t end = std::min(list.find(separator), list.size());
  const std::string_view first = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return first;
}

class Maker {
 public:
  static Result<Maker> prepare(Database& database, Instant now) {
    CARILLON_TRY(patterns, Inserter::prepare(database, model::resource_of<model::TargetPattern>, true));
    CARILLON_TRY(groups, Inserter::prepare(database, model::resource_of<model::TargetGroup>, true));
    CARILLON_TRY(members, Inserter::prepare(database, model::resource_of<model::TargetGroupMember>, true));
    Maker maker(database, now, {std::move(patterns), std::move(groups), std::move(members)});
    CARILLON_TRY(rows, database.prepare("SELECT code, name_en FROM countries"));
    while (true) {
      CARILLON_TRY(more, rows->step());
      if (!more) return std::move(maker);
      maker.names_.emplace(rows->text(0), rows->text(1));
    }
  }

  Result<> make(Id<model::Brand> brand) {
    for (const Continent& continent : continents()) {
      model::TargetGroup group{.brand = brand, .name = std::string(continent.name)};
      CARILLON_TRY(is_new, insert(inserters_.groups, group));
      for (std::string_view rest = continent.countries; !rest.empty();)
        CARILLON_CHECK(make_country(take(rest, ' '), group, is_new));
    }
    CARILLON_TRY(done, database_->prepare("UPDATE brands SET patterns_made = 1 WHERE id = ?"));
    done->bind(1, brand.value);
    return done->run();
  }

 private:
  struct Inserters {
    Inserter patterns, groups, members;
  };
  Maker(Database& database, Instant now, Inserters inserters)
      : database_(&database), next_(now - time_for_ids), inserters_(std::move(inserters)) {}

  /// "US+CA:1".
  Result<> make_country(std::string_view country, const model::TargetGroup& group, bool has_group) {
    const std::string name = name_of_all(take(country, ':'));
    for (bool is_first = true; !country.empty(); is_first = false) {
      const std::string_view prefix = take(country, ',');
      model::TargetPattern pattern{.brand = group.brand,
                                   .name = is_first ? name : fmt::format("{} (+{})", name, prefix),
                                   .pattern = fmt::format("+{}", prefix)};
      CARILLON_TRY(is_new, insert(inserters_.patterns, pattern));
      if (!is_new || !has_group) continue;
      model::TargetGroupMember member{.brand = group.brand, .target_group = group.id, .target_pattern = pattern.id};
      CARILLON_CHECK(insert(inserters_.members, member));
    }
    return {};
  }

  /// Of "US+CA": what the catalogue calls them.
  std::string name_of_all(std::string_view codes) const {
    std::string all;
    while (!codes.empty()) {
      const std::string_view code = take(codes, '+');
      const auto found = names_.find(code);
      const std::string& name = found == names_.end() ? std::string(code) : found->second;
      if (all.size() + name.size() + 2 <= longest_name) all += (all.empty() ? "" : ", ") + name;
    }
    return all;
  }

  template <class T>
  Result<bool> insert(Inserter& inserter, T& row) {
    return insert_ready_made(*database_, inserter, row, next_);
  }

  Database* database_;
  Instant next_;
  Inserters inserters_;
  std::map<std::string, std::string, std::less<>> names_;  ///< Of countries, by code.
};

}  // namespace

std::span<const Continent> continents() {
  return all_continents;
}

Result<> make_country_targets(Database& database, Id<model::Brand> brand, Instant now) {
  CARILLON_TRY(maker, Maker::prepare(database, now));
  return maker.make(brand);
}

Result<int> make_missing_country_targets(Database& database, Instant now) {
  std::optional<Maker> maker;  // For all of them, once there is one.
  return make_missing(database, "SELECT id FROM brands WHERE patterns_made = 0 ORDER BY id",
                      [&](Id<model::Brand> brand) -> Result<> {
                        if (!maker) {
                          CARILLON_TRY(made, Maker::prepare(database, now));
                          maker.emplace(std::move(made));
                        }
                        return maker->make(brand);
                      });
}

}  // namespace carillon::store
