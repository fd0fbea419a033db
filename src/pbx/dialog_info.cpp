// SPDX-License-Identifier: GPL-3.0-or-later
#include "pbx/dialog_info.hpp"

#include <algorithm>

namespace carillon::pbx {

namespace {

using State = call::Leg::State;

/// More calls of one line are told as these.
constexpr std::size_t dialogs_max = 10;

/// A called device that has given no sign of life is no dialog yet.
bool is_shown(const call::Leg& leg) {
  if (leg.state() == State::trying) return leg.side() == call::Leg::Side::caller;
  return leg.state() == State::early || leg.state() == State::confirmed;
}

std::string_view name_of(State state) {
  return state == State::trying ? "trying" : state == State::early ? "early" : "confirmed";
}

/// Text for an attribute or between tags.
void write_text(std::string& body, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&':
        body += "&amp;";
        break;
      case '<':
        body += "&lt;";
        break;
      case '>':
        body += "&gt;";
        break;
      case '"':
        body += "&quot;";
        break;
      default:
        body += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
}

void write_attribute(std::string& body, std::string_view name, std::string_view value) {
  body.append(" ").append(name).append("=\"");
  write_text(body, value);
  body += '"';
}

void write_party(std::string& body, std::string_view tag, std::string_view address) {
  const auto party = sip::NameAddr::parse(address);
  if (!party) return;
  body.append("<").append(tag).append("><identity");
  if (const std::string display = party->display_text(); !display.empty()) write_attribute(body, "display", display);
  body += '>';
  write_text(body, party->uri.text);
  body.append("</identity><target");
  write_attribute(body, "uri", party->uri.text);
  body.append("/></").append(tag).append(">\n");
}

/// From the line's side: what is local to it is remote to us.
void write_dialog(std::string& body, const call::Leg& leg) {
  const sip::DialogState& dialog = leg.dialog_state();
  body += "<dialog";
  write_attribute(body, "id", dialog.local_tag);
  write_attribute(body, "call-id", dialog.call_id);
  if (!dialog.remote_tag.empty()) write_attribute(body, "local-tag", dialog.remote_tag);
  write_attribute(body, "remote-tag", dialog.local_tag);
  write_attribute(body, "direction", leg.side() == call::Leg::Side::caller ? "initiator" : "recipient");
  body.append(">\n<state>").append(name_of(leg.state())).append("</state>\n");
  write_party(body, "local", dialog.remote_address);
  write_party(body, "remote", leg.watched_party());
  body += "</dialog>\n";
}

}  // namespace

void DialogInfo::on_leg_changed(const call::Leg& leg) {
  const Resource line = leg.terminal().value;
  if (line == 0) return;  // Somebody outside's. A line without a telephone is watched by the same number, and shows nobody.
  const auto found = lines_.find(line);
  const bool is_known = found != lines_.end() && std::ranges::find(found->second, &leg) != found->second.end();
  if (!is_known && !is_shown(leg)) return;
  if (!is_known) {
    lines_[line].push_back(&leg);
  } else if (!is_shown(leg)) {
    std::erase(found->second, &leg);
    if (found->second.empty()) lines_.erase(found);
  }
  notifier_.note_change(*this, line);
}

EventPackage::Found DialogInfo::find(const directory::Customer& customer, const directory::Terminal& watcher,
                                     std::string_view user) const {
  // Accounts of homes know nothing of each other.
  if (customer.kind() == model::CustomerKind::retail && user != watcher.name) return {.status = 404};
  const directory::Extension* extension = customer.find_extension(user);
  const directory::User* person = extension == nullptr ? nullptr : extension->target.user;
  if (person != nullptr) return {.status = 200, .resource = person->terminal == nullptr ? 0 : person->terminal->id.value};
  const directory::Terminal* terminal = customer.find_terminal(user);
  if (terminal == nullptr) return {.status = 404};
  return {.status = 200, .resource = terminal->id.value};
}

/// Several devices of a line that ring for one call are one dialog to whoever watches.
std::vector<const call::Leg*> DialogInfo::dialogs_of(Resource line) const {
  std::vector<const call::Leg*> shown;
  const auto found = lines_.find(line);
  if (found == lines_.end()) return shown;
  for (const call::Leg* leg : found->second) {
    const auto twin = std::ranges::find_if(
        shown, [leg](const call::Leg* other) { return leg->call() == other->call() && leg->side() == other->side(); });
    if (twin == shown.end() && shown.size() < dialogs_max)
      shown.push_back(leg);
    else if (twin != shown.end() && leg->state() == State::confirmed)
      *twin = leg;
  }
  return shown;
}

void DialogInfo::write(Resource line, std::string_view entity, std::uint32_t version, std::string& body) const {
  body += "<?xml version=\"1.0\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\"";
  write_attribute(body, "version", std::to_string(version));
  body += " state=\"full\"";
  write_attribute(body, "entity", entity);
  body += ">\n";
  const std::vector<const call::Leg*> dialogs = dialogs_of(line);
  for (const call::Leg* leg : dialogs) write_dialog(body, *leg);
  // Some phones leave the lamp as it was when there is no dialog at all.
  if (dialogs.empty()) body += "<dialog id=\"none\">\n<state>terminated</state>\n</dialog>\n";
  body += "</dialog-info>\n";
}

}  // namespace carillon::pbx
