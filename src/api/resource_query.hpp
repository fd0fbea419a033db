// SPDX-License-Identifier: GPL-3.0-or-later
// What a list of any resource is asked for in a URL, checked against its declaration and turned into a query.
#pragma once

#include <expected>

#include "api/caller.hpp"
#include "api/problem.hpp"
#include "store/table.hpp"

namespace carillon::api {

/// `filter[field]=…`, `filter[field][from]=…` and `[to]` for numbers and times, `filter[field][contains]=…` for texts,
/// `sort=field|-field`, `perPage=50`, and `page=1`, or, for what is paged by time, `after=CURSOR` and `total=true`.
struct ResourceQuery {
  store::Query query;
  bool wants_total = false;
};

constexpr std::int64_t per_page_max = 500;
constexpr std::size_t filters_max = 10;
constexpr std::int64_t rows_reached_max = 100'000;  ///< By page numbers; beyond, filters find what one looks for.

/// What is paged by time shows the last 31 days unless a filter says from or to when, and is counted only under a filter on
/// customer or a day. Problems: `bad_request` naming every parameter at fault.
std::expected<ResourceQuery, Problem> read_resource_query(const net::HttpFields& parameters, const model::Resource& resource,
                                                          const Caller& caller, Instant now);

/// Whether it has an order that people ask for: `[from]` and `[to]`.
bool has_range(const model::FieldInfo& field);

/// Whether a role sees a field in answers, filters and sorts.
bool is_visible(const model::FieldInfo& field, const model::Resource& resource, model::Role role);

}  // namespace carillon::api
