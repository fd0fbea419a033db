// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/call_stories.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <ranges>

#include "control/message.hpp"
#include "dialplan/story.hpp"

namespace carillon::roles {

namespace {

namespace json = boost::json;

constexpr std::size_t items_max = 500;  ///< Carriers and reasons that are told: they must fit into one frame.

json::object described(const dialplan::Candidate& candidate) {
  json::object said{{"carrier", to_base32(candidate.carrier->id.value)}, {"name", candidate.carrier->name}};
  const directory::Route* route = candidate.route;
  said["route"] = route == nullptr ? json::value() : json::value(to_base32(route->id.value));
  said["priority"] = route == nullptr ? json::value() : json::value(route->priority);
  said["weight"] = route == nullptr ? json::value() : json::value(route->weight);
  return said;
}

control::CallStory described(const dialplan::Story& story) {
  control::CallStory said;
  said.outcome = static_cast<control::StoryOutcome>(story.outcome);
  said.sip_code = story.sip_code;
  said.number = story.number;
  said.ddi = story.ddi;
  if (story.target) {
    said.kind = model::text_of(story.target->kind);
    said.target = story.target->id;
    if (story.target->user != nullptr) said.target_name = story.target->user->display_name;
    if (story.target->terminal != nullptr) said.target_name = story.target->terminal->name;
  }
  json::array carriers, reasons;
  for (const dialplan::Candidate& candidate : story.carriers | std::views::take(items_max))
    carriers.push_back(described(candidate));
  for (const dialplan::Reason& reason : story.reasons | std::views::take(items_max))
    reasons.push_back(json::object{{"step", dialplan::text_of(reason.step)}, {"text", reason.text}});
  said.carriers.text = json::serialize(carriers);
  said.reasons.text = json::serialize(reasons);
  return said;
}

std::unexpected<Error> nobody() {
  return failure(control::Fault::not_found, "there is nobody who could make that call");
}

Result<dialplan::Story> tell_of_carrier(const directory::Snapshot& snapshot, const control::CallsExplain::Params& params) {
  for (const auto& brand : snapshot.brands()) {
    if (params.brand && params.brand != brand->id) continue;
    const directory::Carrier* carrier = brand->routing->find_carrier(params.carrier);
    if (carrier == nullptr) continue;
    return dialplan::tell_inbound(snapshot, *brand, *carrier, params.from, params.to);
  }
  return nobody();
}

Result<dialplan::Story> tell_of_telephone(const directory::Snapshot& snapshot, const control::CallsExplain::Params& params,
                                          Instant now) {
  const directory::Customer* customer = snapshot.find_customer(params.customer);
  if (customer == nullptr || (params.brand && params.brand != customer->brand())) return nobody();
  const directory::Terminal* terminal = dialplan::find_caller(*customer, params.from);
  if (terminal == nullptr) return nobody();
  if (params.asking && (terminal->user == nullptr || terminal->user->id != params.asking)) return nobody();
  return dialplan::tell(snapshot, {.customer = customer->id(),
                                   .terminal = terminal->id,
                                   .dialled = params.to,
                                   .instant = params.at == Instant() ? now : params.at,
                                   .claimed = params.as});
}

}  // namespace

Result<control::CallStory> tell_story(const directory::Snapshot& snapshot, const control::CallsExplain::Params& params,
                                      Instant now) {
  auto story = params.carrier ? tell_of_carrier(snapshot, params) : tell_of_telephone(snapshot, params, now);
  if (!story) return std::unexpected(std::move(story).error());
  if (params.hides_routes) story->hide_routes();
  return described(*story);
}

}  // namespace carillon::roles
