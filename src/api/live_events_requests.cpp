// SPDX-License-Identifier: GPL-3.0-or-later
// Who asks for live events, and for which.
#include "api/admission.hpp"
#include "api/handlers.hpp"

namespace carillon::api {

namespace {

Problem wrong(std::string field, std::string message) {
  return {.fault = Fault::bad_request, .detail = "A parameter is wrong.", .errors = {{std::move(field), std::move(message)}}};
}

/// `types=call,registration,counters,carrier_registration`; all when it is not said.
std::optional<LiveEvents::Wish> read_types(std::string_view text) {
  LiveEvents::Wish wish{.calls = false, .registrations = false, .counters = false, .carrier_registrations = false};
  while (true) {
    const std::string_view word = text.substr(0, text.find(','));
    if (word == "call")
      wish.calls = true;
    else if (word == "registration")
      wish.registrations = true;
    else if (word == "counters")
      wish.counters = true;
    else if (word == "carrier_registration")
      wish.carrier_registrations = true;
    else
      return std::nullopt;
    if (word.size() == text.size()) return wish;
    text.remove_prefix(word.size() + 1);
  }
}

/// The request as it was, asked about once more.
Task<std::expected<Caller, Problem>> admit_again(Backend& backend, std::shared_ptr<const net::HttpRequest> request,
                                                 const Operation* operation) {
  co_return co_await admit(backend, *request, *operation);
}

}  // namespace

Task<Answer> watch_live_events(Backend& backend, Request request) {
  auto ask_again = [&backend, http = std::make_shared<const net::HttpRequest>(request.http), operation = request.operation] {
    return admit_again(backend, http, operation);
  };
  LiveEvents::Viewer viewer{.caller = request.caller,
                            .ask_again = std::move(ask_again),
                            .wish = {},
                            .last_event_id = std::string(request.http.header("last-event-id").substr(0, 64))};
  for (const auto& [name, value] : request.http.query) {
    if (name != "types") co_return std::unexpected(wrong(name, "There is no such parameter."));
    const auto wish = read_types(value);
    if (!wish)
      co_return std::unexpected(wrong(name, "Write call, registration, counters and carrier_registration, with commas between."));
    viewer.wish = *wish;
  }
  if (!backend.events.has_room(request.caller)) {
    co_return std::unexpected(
        Problem{.fault = Fault::busy, .detail = "This login hears as many streams as it may.", .retry_after = 10s});
  }
  Document document{boost::json::object()};
  document.type = "text/event-stream";
  document.headers = {{"X-Accel-Buffering", "no"}};  // Proxies hold answers back otherwise.
  document.stream = [&events = backend.events, viewer = std::move(viewer)](net::HttpStream stream) {
    events.join(viewer, std::move(stream));
  };
  co_return document;
}

}  // namespace carillon::api
