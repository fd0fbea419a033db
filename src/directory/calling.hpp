// SPDX-License-Identifier: GPL-3.0-or-later
// What a customer's node has about calls with the world: its numbers, and the lists and rules that say who calls with which and
// whom.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/pattern.hpp"
#include "model/call_acl.hpp"
#include "model/call_acl_rule.hpp"
#include "model/ddi.hpp"
#include "model/match_entry.hpp"
#include "model/match_list.hpp"
#include "model/outgoing_ddi_rule.hpp"
#include "model/outgoing_ddi_rule_entry.hpp"
#include "model/target.hpp"
#include "model/terminal.hpp"
#include "model/terminal_pattern.hpp"
#include "model/terminal_source.hpp"

namespace carillon::directory {

struct Terminal;
struct User;

/// A route target: what kind of thing, and which.
struct Target {
  model::TargetKind kind{};
  Id<model::Target> id;
  const User* user = nullptr;          ///< When kind is user: never null.
  const Terminal* terminal = nullptr;  ///< When kind is terminal: likewise.
};

/// A number of the world that leads to this customer.
struct Ddi {
  Id<model::Ddi> id;
  std::string number;  ///< +34941941941
  Target target;       ///< No id: its calls lead nowhere.
  std::string display_prefix;
  model::DdiRecording recording{};
  Id<model::Carrier> carrier;  ///< Who brings its calls; none: whoever does.
};

/// Whether a number in E.164 with + is one of those.
class MatchList {
 public:
  /// Of all entries there are,
  MatchList(const model::MatchList& list, std::span<const model::MatchEntry> entries);
  /// or of its own alone.
  MatchList(const model::MatchList& list, const std::vector<const model::MatchEntry*>& own);
  const std::string& name() const { return name_; }
  bool matches(std::string_view number) const;

 private:
  void add(const model::MatchEntry& entry);

  std::string name_;
  std::unordered_set<std::string> numbers_;
  std::vector<Pattern> patterns_;
};

struct CallAcl {
  struct Rule {
    std::shared_ptr<const MatchList> list;
    model::AclPolicy policy{};
  };
  Id<model::CallAcl> id;
  std::string name;
  model::AclPolicy policy{};  ///< Of what no rule is about.
  std::vector<Rule> rules;    ///< In their order.
};

struct OutgoingDdiRule {
  struct Entry {
    std::shared_ptr<const MatchList> list;
    const Ddi* ddi = nullptr;  ///< Null: the one that the caller has anyway.
  };
  Id<model::OutgoingDdiRule> id;
  std::string name;
  const Ddi* ddi = nullptr;  ///< Where no entry fits; null likewise.
  std::vector<Entry> entries;
};

/// From where a PBX's calls are believed to be its.
struct TerminalSource {
  std::array<std::uint8_t, 16> address{};  ///< IPv4 as mapped IPv6.
  model::SourceTransport transport{};
  std::optional<Pattern> from;  ///< Of the user part of From; nothing: whatever it says.

  bool is_way(model::SourceTransport by) const { return transport == model::SourceTransport::any || transport == by; }
};

/// What a terminal is beyond somebody's plain telephone: how it calls the world, and what is behind it.
struct Line {
  model::TerminalKind kind{};
  std::uint32_t max_calls = 0;             ///< 0: as many as there are.
  std::uint32_t max_calls_per_minute = 0;  ///< To the world, begun; 0: no limit.
  const Ddi* outgoing_ddi = nullptr;       ///< Null: the customer's.
  const CallAcl* call_acl = nullptr;       ///< Null: whatever the customer may.
  model::CliSource cli_source{};
  model::CliPolicy cli_policy{};
  std::shared_ptr<const MatchList> allowed_numbers;  ///< Of others, that it may call with; null: none.
  Id<model::TransformationSet> transformation_set;   ///< None: the customer's.
  model::RequestUser request_user{};
  model::Redirecting diversion{};
  model::Redirecting history_info{};
  bool forwards_caller = false;  ///< What it forwards may show who called it.
  bool has_user_phone = false;   ///< Numbers in calls to it have user=phone.
  std::string from_domain;       ///< Of From in calls to it; empty: its customer's domain.
  std::int64_t priority = 0;
  std::vector<Pattern> patterns;  ///< Of the numbers behind it.
  std::vector<TerminalSource> sources;

  bool is_pbx() const { return kind == model::TerminalKind::pbx; }
};

}  // namespace carillon::directory
