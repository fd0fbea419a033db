// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies of requests, read by their declaration: what is unknown, missing or wrong is named, all of it at once.
#pragma once

#include <expected>

#include "api/problem.hpp"

namespace carillon::api {

constexpr std::size_t body_bytes_max = 4096;  ///< Of the small bodies that are read so.

/// Fills `object` from a JSON body. Members that are not there keep their value; null is as good as not there.
std::expected<void, Problem> read_body(const model::Resource& resource, const std::string& body, void* object);

template <class T>
std::expected<T, Problem> read_body(const std::string& body) {
  T object;
  if (auto read = read_body(model::resource_of<T>, body, &object); !read) return std::unexpected(std::move(read).error());
  return object;
}

/// The members of a body that is a JSON object.
std::expected<boost::json::object, Problem> read_object(const std::string& body);

/// One field is wrong.
Problem field_problem(std::string_view field, std::string_view message);

/// The texts of a member that is an array of them; `fallback` when it is not there.
std::expected<std::vector<std::string>, Problem> read_texts(std::string_view field, const model::Json& value, std::size_t most);

}  // namespace carillon::api
