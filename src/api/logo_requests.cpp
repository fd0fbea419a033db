// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of brands and portals: whoever may change those sends one, anybody may look at it.
#include "api/handlers.hpp"
#include "api/writing.hpp"
#include "base/base64.hpp"
#include "image/redraw.hpp"
#include "store/credentials.hpp"
#include "store/logos.hpp"

namespace carillon::api {

namespace {

constexpr Duration write_patience = 10s;
constexpr std::string_view media_types[] = {"image/png", "image/jpeg"};

/// Brands change their own picture, though the platform writes most of a brand.
bool may_change(const Request& request) {
  return model::reaches(request.caller.role, model::Role::brand);
}

std::int64_t id_of(const Request& request) {
  return from_base32(request.id).value_or(0);
}

/// What is wrong with a picture; everything else is the platform's fault.
std::optional<Problem> problem_of_picture(const Error& error) {
  const auto problem = [](Fault fault, std::string detail) { return Problem{.fault = fault, .detail = std::move(detail)}; };
  if (error.is(image::Fault::not_a_picture)) return problem(Fault::bad_picture, "The body must be a PNG or a JPEG.");
  if (error.is(image::Fault::broken)) return problem(Fault::bad_picture, "The picture is damaged.");
  if (error.is(image::Fault::too_wide))
    return problem(Fault::bad_picture, fmt::format("The picture is wider or higher than {} pixels.", image::side_max));
  if (error.is(image::Fault::too_large)) return problem(Fault::too_large, "The picture takes more than 1 MiB.");
  return std::nullopt;
}

Result<> store_logo(store::Database& database, const Request& request, const std::optional<store::Logo>& logo, Instant now) {
  CARILLON_TRY(edit, store::Edit::begin(database, request.caller.scope, now, actor_of(request.caller)));
  CARILLON_CHECK(store::set_logo(edit, *request.operation->item, id_of(request), logo));
  CARILLON_CHECK(edit.commit());
  return {};
}

/// Looks whose it is first: nobody makes the platform decode for something of others. Decodes outside of the transaction.
Result<> take_picture(store::Database& database, const Request& request, Instant now) {
  CARILLON_CHECK(store::load(database, request.caller.scope, *request.operation->item, id_of(request)));
  CARILLON_TRY(picture, image::redraw(request.http.body));
  const store::Logo logo{.type = std::string(image::media_type(picture.format)),
                         .content = to_base64(picture.bytes),
                         .tag = store::token_digest(picture.bytes).substr(0, 32)};
  return store_logo(database, request, logo, now);
}

Answer answer_of(const Result<>& done) {
  if (done) return nothing();
  return std::unexpected(problem_of_picture(done.error()).value_or(problem_of(done.error())));
}

/// One of its tags, or any (RFC 9110 §13.1.2).
bool is_known(std::string_view if_none_match, std::string_view tag) {
  return if_none_match == "*" || if_none_match.contains(tag);
}

}  // namespace

Task<Answer> get_logo(Backend& backend, Request request) {
  const store::Scope everybody;  // Pictures are for everybody to see.
  auto look = [owner = request.operation->item, id = id_of(request)](store::Database& database) {
    return store::find_logo(database, *owner, id);
  };
  const auto logo = co_await backend.database.run(everybody, std::move(look));
  if (!logo) co_return std::unexpected(problem_of(logo.error()));
  if (!*logo) co_return refused(Fault::not_found);
  Document document{boost::json::value()};
  const std::string tag = fmt::format("\"{}\"", (*logo)->tag);
  document.headers = {{"ETag", tag}, {"Cache-Control", "public, max-age=60"}, {"Content-Disposition", "inline"}};
  if (is_known(request.http.header("if-none-match"), tag)) {
    document.success = Success::not_modified;
    co_return document;
  }
  document.type = (*logo)->type;
  document.text = from_base64((*logo)->content).value_or("");
  co_return document;
}

Task<Answer> put_logo(Backend& backend, Request request) {
  if (!may_change(request)) co_return refused(Fault::forbidden);
  const std::string_view type = request.http.header("content-type");
  const bool is_picture = std::ranges::find(media_types, type) != std::end(media_types);
  // Whose it is comes first, so that nobody learns from the answer what there is.
  auto work = [request, is_picture, now = backend.loop.wall()](store::Database& database) -> Result<> {
    if (is_picture) return take_picture(database, request, now);
    CARILLON_CHECK(store::load(database, request.caller.scope, *request.operation->item, id_of(request)));
    return failure(image::Fault::not_a_picture);
  };
  co_return answer_of(co_await backend.files.run(request.caller.scope, std::move(work), write_patience));
}

Task<Answer> delete_logo(Backend& backend, Request request) {
  if (!may_change(request)) co_return refused(Fault::forbidden);
  auto work = [request, now = backend.loop.wall()](store::Database& database) {
    return store_logo(database, request, std::nullopt, now);
  };
  co_return answer_of(co_await backend.files.run(request.caller.scope, std::move(work), write_patience));
}

}  // namespace carillon::api
