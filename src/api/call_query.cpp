// SPDX-License-Identifier: GPL-3.0-or-later
// Reading the parameters of GET /calls.
#include "api/call_query.hpp"

#include <algorithm>
#include <charconv>

#include "model/call.hpp"

namespace carillon::api {

namespace {

constexpr std::string_view filters[] = {"brand",      "customer",   "callId",     "direction", "caller", "callee",
                                        "callerUser", "calleeUser", "linkedCall", "status",    "sipCode"};
constexpr Duration shown_by_default = std::chrono::days(31);

class Reader {
 public:
  Reader(const Caller& caller, Instant now) : now_(now) {
    read_.scope = caller.scope;
    read_.query.sort = "startedAt";
    read_.query.descending = true;
    add_user_filter(read_.query.filters, caller);
  }

  void take(const std::string& name, const std::string& value) {
    if (name == "filter[startedAt][from]")
      add_time(name, value, store::Match::at_least);
    else if (name == "filter[startedAt][to]")
      add_time(name, value, store::Match::below);
    else if (name.starts_with("filter["))
      add_filter(name, value);
    else if (name == "sort")
      set_sort(value);
    else if (name == "after")
      read_.query.after = value;
    else if (name == "perPage")
      set_limit(value);
    else if (name == "total")
      set_total(value);
    else
      fault(name, "There is no such parameter.");
  }

  std::expected<CallQuery, Problem> finish() {
    const bool has_day = from_ && to_ && *to_ - *from_ <= std::chrono::days(1);
    if (read_.wants_total && !read_.scope.customer && !has_customer_ && !has_day) {
      fault("total", "Counting takes a filter on customer, or on startedAt within one day.");
    }
    if (!faults_.empty()) {
      return std::unexpected(Problem{.fault = Fault::bad_request, .detail = "Some parameters are wrong.", .errors = faults_});
    }
    if (!from_ && !to_) {
      read_.query.filters.push_back({"startedAt", to_rfc3339(now_ - shown_by_default), store::Match::at_least});
    }
    return std::move(read_);
  }

 private:
  void fault(std::string_view parameter, std::string_view message) {
    faults_.push_back({std::string(parameter), std::string(message)});
  }

  void add_time(const std::string& name, const std::string& value, store::Match match) {
    const auto instant = parse_rfc3339(value);
    if (!instant) return fault(name, "Write a time like 2026-11-21T10:00:00Z.");
    (match == store::Match::at_least ? from_ : to_) = *instant;
    read_.query.filters.push_back({"startedAt", value, match});
  }

  void add_filter(const std::string& name, const std::string& value) {
    const std::string field = name.substr(7, name.size() - std::min<std::size_t>(name.size(), 8));
    const bool is_known = name.ends_with(']') && std::ranges::find(filters, field) != std::end(filters);
    if (!is_known) return fault(name, "There is no such filter.");
    const model::FieldInfo* info = model::resource_of<model::Call>.find_json(field);
    const bool is_choice = info->choices.empty() || std::ranges::find(info->choices, value) != info->choices.end();
    if (!is_choice) return fault(name, "There is no such value.");
    has_customer_ = has_customer_ || field == "customer";
    read_.query.filters.push_back({field, value});
  }

  void set_sort(std::string_view value) {
    if (value != "startedAt" && value != "-startedAt") return fault("sort", "Calls sort by startedAt or -startedAt.");
    read_.query.descending = value.starts_with('-');
  }

  void set_limit(std::string_view value) {
    std::int64_t limit = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), limit);
    const bool is_number = error == std::errc() && end == value.data() + value.size();
    if (!is_number || limit < 1 || limit > per_page_max) return fault("perPage", "Write a number from 1 to 500.");
    read_.query.limit = limit;
  }

  void set_total(std::string_view value) {
    if (value != "true" && value != "false") return fault("total", "Write true or false.");
    read_.wants_total = value == "true";
  }

  Instant now_;
  CallQuery read_;
  std::optional<Instant> from_, to_;
  bool has_customer_ = false;
  std::vector<model::FieldFault> faults_;
};

}  // namespace

std::span<const std::string_view> call_filters() {
  return filters;
}

void add_user_filter(std::vector<store::Filter>& into, const Caller& caller) {
  if (!caller.user) return;
  into.push_back({.field = "callerUser", .value = to_base32(caller.user.value), .or_field = "calleeUser"});
}

std::expected<CallQuery, Problem> read_call_query(const net::HttpFields& parameters, const Caller& caller, Instant now) {
  Reader reader(caller, now);
  for (const auto& [name, value] : parameters) reader.take(name, value);
  return reader.finish();
}

}  // namespace carillon::api
