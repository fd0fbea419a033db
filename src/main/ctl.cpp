// SPDX-License-Identifier: GPL-3.0-or-later
// `carillon ctl`: asks the running roles by their control sockets.
#include <iostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "main/commands.hpp"
#include "main/exit_status.hpp"
#include "model/json.hpp"
#include "net/asio_network.hpp"
#include "roles/control_socket.hpp"
#include "roles/data_dir.hpp"
#include "trace/story.hpp"

namespace carillon::main {

namespace {

constexpr Duration patience = 5s;

/// Asks one role and waits for its answer.
template <class M>
Result<control::Answer<M>> ask(const roles::DataDir& data, std::string_view role, const typename M::Params& params) {
  net::AsioLoop loop;
  net::AsioNetwork network(loop);
  roles::ControlLink link(network, data.control_socket(role));
  Result<control::Answer<M>> answer;
  link.call<M>(params, patience, [&](Result<control::Answer<M>> result) {
    answer = std::move(result);
    loop.stop();
  });
  loop.run();
  if (!answer && answer.error().is(control::Fault::closed)) {
    return failure(control::Fault::closed,
                   fmt::format("{} of {} does not answer: is the platform running?", role, data.root.string()));
  }
  return answer;
}

/// What came from the network must not play with the terminal.
std::string printable(std::string_view text) {
  std::string shown(text);
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return shown.empty() ? "-" : shown;
}

template <class T>
void print_json(const std::vector<T>& items) {
  boost::json::array array;
  for (const T& item : items) array.push_back(control::write_fields(model::resource_of<T>, &item));
  std::cout << model::write_json(boost::json::object{{"items", std::move(array)}}) << '\n';
}

void print(const std::vector<control::LiveCall>& calls) {
  constexpr std::string_view row = "{:<32} {:<16} {:<16} {:<24} {}\n";
  std::cout << fmt::format(row, "ID", "CALLER", "CALLEE", "STARTED", "ANSWERED");
  for (const control::LiveCall& call : calls) {
    std::cout << fmt::format(row, to_hex(call.id), printable(call.caller), printable(call.callee), to_rfc3339(call.started_at),
                             call.answered_at == Instant() ? "-" : to_rfc3339(call.answered_at));
  }
}

void print(const std::vector<control::LiveRegistration>& registrations) {
  constexpr std::string_view row = "{:<20} {:<9} {:<22} {:<24} {:<30} {}\n";
  std::cout << fmt::format(row, "NAME", "TRANSPORT", "SOURCE", "EXPIRES", "CONTACT", "DEVICE");
  for (const control::LiveRegistration& device : registrations) {
    std::cout << fmt::format(row, printable(device.name), printable(device.transport), printable(device.source),
                             device.permanent ? "permanent" : to_rfc3339(device.expires_at), printable(device.contact),
                             printable(device.user_agent));
  }
}

void print(const std::vector<control::LiveBan>& bans) {
  constexpr std::string_view row = "{:<40} {:<9} {:<24} {:<24} {:<22} {}\n";
  std::cout << fmt::format(row, "NAME", "REASON", "SINCE", "UNTIL", "SOURCE", "ACCOUNT");
  for (const control::LiveBan& ban : bans) {
    std::cout << fmt::format(row, printable(ban.name), printable(ban.reason), to_rfc3339(ban.since), to_rfc3339(ban.until),
                             printable(ban.source), printable(ban.account));
  }
}

void print(const std::vector<control::EndedCall>& calls) {
  constexpr std::string_view row = "{:<32} {:<16} {:<16} {:<24} {:>10} {:<9} {}\n";
  std::cout << fmt::format(row, "ID", "CALLER", "CALLEE", "STARTED", "SECONDS", "STATUS", "CODE");
  for (const control::EndedCall& call : calls) {
    const std::string seconds = fmt::format("{:.3f}", static_cast<double>(call.duration.count()) / 1000);
    std::cout << fmt::format(row, to_hex(call.id), printable(call.caller), printable(call.callee), to_rfc3339(call.started_at),
                             seconds, model::text_of(call.status), call.sip_code);
  }
}

template <class M>
int list(const Control& control, const roles::DataDir& data, std::string_view role, const typename M::Params& params) {
  const auto items = ask<M>(data, role, params);
  if (!items) return fail(exit_failure, items.error());
  if (control.as_json)
    print_json(*items);
  else
    print(*items);
  return exit_success;
}

int hang_up(const Control& control, const roles::DataDir& data) {
  control::CallsHangup::Params params;
  const auto id = call_id_from_hex(control.hang_up);
  if (!id) return fail(exit_usage, "--hang-up " + control.hang_up + ": write the 32 digits that `ctl calls` shows");
  params.call = *id;
  const auto done = ask<control::CallsHangup>(data, "signalling", params);
  return done ? exit_success : fail(exit_failure, done.error());
}

int trace(const Control& control, const roles::DataDir& data) {
  control::TraceGet::Params params;
  const auto id = call_id_from_hex(control.trace);
  if (!id) return fail(exit_usage, control.trace + ": write the 32 digits that `ctl calls` shows");
  params.call = *id;
  const auto story = ask<control::TraceGet>(data, "signalling", params);
  if (!story) return fail(exit_failure, story.error());
  if (control.as_json)
    print_json(*story);
  else
    std::cout << trace::draw_ladder(*story);
  return exit_success;
}

int lift(const Control& control, const roles::DataDir& data) {
  control::BansLift::Params params;
  params.name = control.lift;
  const auto done = ask<control::BansLift>(data, "signalling", params);
  return done ? exit_success : fail(exit_failure, done.error());
}

int drain(const Control& control, const roles::DataDir& data) {
  control::Drain::Params params;
  params.undo = control.is_undone;
  const auto left = ask<control::Drain>(data, "signalling", params);
  if (!left) return fail(exit_failure, left.error());
  if (control.as_json)
    std::cout << model::write_json(control::write_fields(model::resource_of<control::Drain::Reply>, &*left)) << '\n';
  else
    std::cout << fmt::format("{} calls are going on\n", left->calls);
  return exit_success;
}

int reload(const roles::DataDir& data) {
  int status = exit_success;
  bool is_running = false;
  for (const char* role : {"signalling", "media", "web", "jobs"}) {
    std::error_code ignored;
    if (!std::filesystem::exists(data.control_socket(role), ignored)) continue;
    is_running = true;
    if (const auto done = ask<control::Reload>(data, role, control::Nothing()); !done) status = fail(exit_failure, done.error());
  }
  if (!is_running) return fail(exit_failure, data.root.string() + ": no platform is running here");
  return status;
}

}  // namespace

int run(const Control& control) {
  const auto configuration = load_configuration(control.settings);
  if (!configuration) return exit_usage;
  const roles::DataDir data{configuration->text("data.dir")};
  switch (control.word) {
    case Control::Word::calls:
      if (!control.hang_up.empty()) return hang_up(control, data);
      if (control.is_ended) return list<control::RecordsList>(control, data, "web", {.limit = control.limit});
      return list<control::CallsList>(control, data, "signalling", {});
    case Control::Word::registrations:
      return list<control::RegistrationsList>(control, data, "signalling", {});
    case Control::Word::bans:
      return control.lift.empty() ? list<control::BansList>(control, data, "signalling", {}) : lift(control, data);
    case Control::Word::drain:
      return drain(control, data);
    case Control::Word::reload:
      return reload(data);
    case Control::Word::trace:
      return trace(control, data);
  }
  return exit_usage;
}

}  // namespace carillon::main
