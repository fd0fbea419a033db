// SPDX-License-Identifier: GPL-3.0-or-later
// What a list of calls is asked for in a URL, checked and turned into a query.
#pragma once

#include <expected>

#include "api/caller.hpp"
#include "api/problem.hpp"
#include "store/table.hpp"

namespace carillon::api {

/// `filter[field]=…`, `filter[startedAt][from]=…`, `filter[startedAt][to]=…`, `sort=startedAt|-startedAt`, `after=CURSOR`,
/// `perPage=50`, `total=true`.
struct CallQuery {
  store::Scope scope;
  store::Query query;
  bool wants_total = false;
};

constexpr std::int64_t per_page_max = 500;

/// Without a filter on startedAt only the last 31 days are shown. A user gets the calls made or received, nothing else. Problems:
/// `bad_request` naming every parameter at fault.
std::expected<CallQuery, Problem> read_call_query(const net::HttpFields& parameters, const Caller& caller, Instant now);

/// The fields that may be filtered by, JSON names.
std::span<const std::string_view> call_filters();

/// What every query for this caller is narrowed to, beside its scope.
void add_user_filter(std::vector<store::Filter>& filters, const Caller& caller);

}  // namespace carillon::api
