// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialplan/story.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/id.hpp"
#include "dialplan/help.hpp"

namespace carillon::dialplan {

namespace {

void refuse(Story& story, Refusal refusal) {
  story.outcome = Outcome::refused;
  story.refusal = refusal;
  story.sip_code = sip_status(refusal);
}

void refuse(Story& story, Step step, Refusal refusal) {
  refuse(story, refusal);
  story.reasons.push_back({step, std::string(text_of(refusal))});
}

void take(Story& story, const External& external) {
  story.outcome = external.is_emergency ? Outcome::emergency : Outcome::external;
  story.ddi = external.cli.number;
  for (const directory::Route* route : external.routes) story.carriers.push_back({route->carrier, route});
  for (const directory::Carrier* carrier : external.carriers) {
    if (std::ranges::find(story.carriers, carrier, &Candidate::carrier) == story.carriers.end())
      story.carriers.push_back({carrier, nullptr});
  }
}

void take(Story& story, const Decision& decision) {
  if (const auto* refusal = std::get_if<Refusal>(&decision.answer)) return refuse(story, *refusal);
  if (const auto* external = std::get_if<External>(&decision.answer)) return take(story, *external);
  if (const auto* on_net = std::get_if<OnNet>(&decision.answer)) {
    story.outcome = Outcome::on_net;
    story.ddi = on_net->cli.number;
    return;
  }
  story.outcome = Outcome::extension;
  story.target = std::get<directory::Target>(decision.answer);
}

}  // namespace

void Story::hide_routes() {
  carriers.clear();
  std::erase_if(reasons, [](const Reason& reason) { return reason.is_brands; });
}

Story tell(const directory::Snapshot& snapshot, const Facts& facts) {
  const directory::Customer* customer = snapshot.find_customer(facts.customer);
  Story story;
  if (customer != nullptr && customer->is_locked() && !is_for_help(*customer, facts.dialled)) {
    // Its telephones are refused before anything is decided.
    story.number = facts.dialled;
    refuse(story, Step::lock, Refusal::locked);
    return story;
  }
  Decision decision = decide(snapshot, facts);
  story.number = decision.number.empty() ? std::string(facts.dialled) : decision.number;
  take(story, decision);
  story.reasons = std::move(decision.reasons);
  return story;
}

Story tell_inbound(const directory::Snapshot& snapshot, const directory::Brand& brand, const directory::Carrier& carrier,
                   std::string_view caller, std::string_view called) {
  Story story;
  const Inbound inbound = find_inbound(brand, carrier, called);
  story.number = inbound.number;
  story.reasons.push_back(
      {Step::caller, fmt::format("{} by {} of {}", read_caller(carrier, caller), carrier.name, brand.name), true});
  story.reasons.push_back(
      {Step::number, inbound.number == called ? inbound.number : fmt::format("{}, called as {}", inbound.number, called)});
  if (const auto* block = brand.routing->blocks().find(inbound.number))
    story.reasons.push_back({Step::number, fmt::format("in the block {} to {}", block->first, block->last), true});
  if (const std::size_t lost = sources_of_others(snapshot, carrier, called); lost != 0)
    story.reasons.push_back({Step::caller, fmt::format("from {} of its sources the call is another carrier's", lost), true});
  if (!carrier.is_active) {
    refuse(story, Step::caller, Refusal::locked);
    return story;
  }
  if (inbound.customer == nullptr) {
    refuse(story, Step::ddi, Refusal::unknown_number);
    return story;
  }
  story.ddi = inbound.ddi->number;
  if (inbound.customer->is_locked()) {
    refuse(story, Step::lock, Refusal::locked);
    return story;
  }
  Decision decision = decide_inbound(*inbound.customer, *inbound.ddi);
  take(story, decision);
  std::ranges::move(decision.reasons, std::back_inserter(story.reasons));
  return story;
}

const directory::Terminal* find_caller(const directory::Customer& customer, std::string_view who) {
  if (const directory::Terminal* terminal = customer.find_terminal(who)) return terminal;
  const directory::User* user = nullptr;
  if (const directory::Extension* extension = customer.find_extension(who))
    user = extension->target.user;
  else if (const auto id = from_base32(who))
    user = customer.find_user(Id<model::User>{*id});
  return user == nullptr ? nullptr : user->terminal;
}

std::string_view text_of(Outcome outcome) {
  static constexpr std::array<std::string_view, 5> texts = {"extension", "external", "on_net", "emergency", "refused"};
  return texts[static_cast<std::size_t>(outcome)];
}

}  // namespace carillon::dialplan
