// SPDX-License-Identifier: GPL-3.0-or-later
// Reading the parameters of a list.
#include "api/resource_query.hpp"

#include <algorithm>
#include <charconv>

namespace carillon::api {

namespace {

using model::FieldInfo;
using model::Kind;
using store::Match;

constexpr Duration shown_by_default = std::chrono::days(31);

/// The parts of filter[field][part].
struct FilterName {
  std::string_view field, part;
};

std::optional<FilterName> split(std::string_view name) {
  name.remove_prefix(std::string_view("filter[").size());
  const std::size_t end = name.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view rest = name.substr(end + 1);
  if (rest.empty()) return FilterName{name.substr(0, end), {}};
  if (rest.size() < 3 || !rest.starts_with('[') || !rest.ends_with(']')) return std::nullopt;
  return FilterName{name.substr(0, end), rest.substr(1, rest.size() - 2)};
}

class Reader {
 public:
  Reader(const model::Resource& resource, const Caller& caller, Instant now) : resource_(resource), caller_(caller), now_(now) {
    if (!is_by_time()) return;
    read_.query.sort = resource.access.by_time;
    read_.query.descending = true;
  }

  void take(const std::string& name, const std::string& value) {
    if (name.starts_with("filter["))
      add_filter(name, value);
    else if (name == "sort")
      set_sort(value);
    else if (name == "perPage")
      per_page_ = number(name, value, per_page_max).value_or(per_page_);
    else if (name == "page" && !is_by_time())
      page_ = number(name, value, rows_reached_max).value_or(page_);
    else if (name == "after" && is_by_time())
      read_.query.after = value;
    else if (name == "total" && is_by_time())
      set_total(value);
    else
      fault(name, "There is no such parameter.");
  }

  std::expected<ResourceQuery, Problem> finish() {
    const bool has_day = from_ && to_ && *to_ - *from_ <= std::chrono::days(1);
    if (read_.wants_total && !caller_.scope.customer && !has_customer_ && !has_day) {
      fault("total", fmt::format("Counting takes a filter on customer, or on {} within one day.", time_name()));
    }
    if (page_ * per_page_ > rows_reached_max) fault("page", "Lists end here: filter for what you look for.");
    if (!faults_.empty()) {
      return std::unexpected(Problem{.fault = Fault::bad_request, .detail = "Some parameters are wrong.", .errors = faults_});
    }
    read_.query.limit = per_page_;
    read_.query.offset = is_by_time() ? 0 : (page_ - 1) * per_page_;
    if (is_by_time() && !from_ && !to_) {
      read_.query.filters.push_back({time_name(), to_rfc3339(now_ - shown_by_default), Match::at_least});
    }
    return std::move(read_);
  }

 private:
  bool is_by_time() const { return !resource_.access.by_time.empty(); }
  std::string time_name() const { return is_by_time() ? json_name(*resource_.find(resource_.access.by_time)) : ""; }
  void fault(std::string_view parameter, std::string_view message) {
    faults_.push_back({std::string(parameter), std::string(message)});
  }

  const FieldInfo* visible(std::string_view name) const {
    const FieldInfo* field = resource_.find_json(name);
    return field != nullptr && is_visible(*field, resource_, caller_.role) && field->kind != Kind::json ? field : nullptr;
  }

  void add_filter(const std::string& name, const std::string& value) {
    if (read_.query.filters.size() >= filters_max) return fault(name, fmt::format("There may be {} filters.", filters_max));
    const auto parts = split(name);
    const FieldInfo* field = parts ? visible(parts->field) : nullptr;
    if (field == nullptr) return fault(name, "There is no such filter.");
    Match match = Match::equal;
    if (parts->part == "contains" && field->kind == Kind::text)
      match = Match::contains;
    else if ((parts->part == "from" || parts->part == "to") && has_range(*field))
      match = parts->part == "from" ? Match::at_least : Match::below;
    else if (!parts->part.empty())
      return fault(name, "There is no such filter.");
    if (!store::is_value(*field, value)) {
      return fault(name, field->kind == Kind::instant ? "Write a time like 2026-11-21T10:00:00Z." : "There is no such value.");
    }
    if (field->name == resource_.access.by_time) note_time(match, value);
    has_customer_ = has_customer_ || field->tenant == model::Tenant::customer;
    read_.query.filters.push_back({std::string(parts->field), value, match});
  }

  void note_time(Match match, const std::string& value) {
    const auto instant = parse_rfc3339(value);
    if (instant && match != Match::below) from_ = *instant;
    if (instant && match != Match::at_least) to_ = *instant;
  }

  void set_sort(std::string_view value) {
    const bool is_descending = value.starts_with('-');
    if (is_descending) value.remove_prefix(1);
    const FieldInfo* field = visible(value);
    if (field == nullptr) return fault("sort", "There is no such field.");
    if (is_by_time() && field->name != resource_.access.by_time) {
      return fault("sort", fmt::format("These sort by {0} or -{0}.", time_name()));
    }
    read_.query.sort = field->name;
    read_.query.descending = is_descending;
  }

  std::optional<std::int64_t> number(std::string_view name, std::string_view value, std::int64_t most) {
    std::int64_t read = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), read);
    const bool is_number = error == std::errc() && end == value.data() + value.size();
    if (is_number && read >= 1 && read <= most) return read;
    fault(name, fmt::format("Write a number from 1 to {}.", most));
    return std::nullopt;
  }

  void set_total(std::string_view value) {
    if (value != "true" && value != "false") return fault("total", "Write true or false.");
    read_.wants_total = value == "true";
  }

  const model::Resource& resource_;
  const Caller& caller_;
  Instant now_;
  ResourceQuery read_;
  std::int64_t page_ = 1, per_page_ = 50;
  std::optional<Instant> from_, to_;
  bool has_customer_ = false;
  std::vector<model::FieldFault> faults_;
};

}  // namespace

bool has_range(const FieldInfo& field) {
  constexpr Kind ordered[] = {Kind::instant, Kind::integer, Kind::duration, Kind::money};
  return std::ranges::find(ordered, field.kind) != std::end(ordered);
}

bool is_visible(const FieldInfo& field, const model::Resource& resource, model::Role role) {
  return field.kind != Kind::secret && !field.hidden && !field.transient &&
         model::reaches(role, field.read.value_or(model::Role::user)) && model::reaches(role, resource.access.read);
}

std::expected<ResourceQuery, Problem> read_resource_query(const net::HttpFields& parameters, const model::Resource& resource,
                                                          const Caller& caller, Instant now) {
  Reader reader(resource, caller, now);
  for (const auto& [name, value] : parameters) reader.take(name, value);
  return reader.finish();
}

}  // namespace carillon::api
