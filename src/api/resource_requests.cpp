// SPDX-License-Identifier: GPL-3.0-or-later
// Listing, showing, making, changing and deleting objects of any resource. What an operation is about stands in its route.
#include <boost/json/object.hpp>

#include "api/accepted.hpp"
#include "api/body.hpp"
#include "api/features.hpp"
#include "api/handlers.hpp"
#include "api/resource_query.hpp"
#include "api/resource_routes.hpp"
#include "api/writing.hpp"
#include "base/log.hpp"
#include "control/message.hpp"
#include "model/customer.hpp"
#include "model/user.hpp"
#include "store/credentials.hpp"
#include "store/idempotency.hpp"
#include "store/logins.hpp"
#include "store/sessions.hpp"

namespace carillon::api {

namespace {

namespace json = boost::json;

constexpr Duration write_patience = 5s;  ///< As long as somebody else may hold SQLite's lock.

json::object shown(const model::Object& object, const Caller& caller) {
  json::object all = control::write_fields(object.resource(), object.get());
  for (const model::FieldInfo& field : object.resource().fields)
    if (!is_visible(field, object.resource(), caller.role)) all.erase(json_name(field));
  return all;
}

/// One page, one more row than shown telling whether there is another.
struct Page {
  std::vector<model::Object> objects;
  std::optional<std::string> next;
  std::optional<std::int64_t> total;
};

Result<Page> load_page(store::Database& database, const store::Scope& scope, const model::Resource& resource,
                       const ResourceQuery& wanted) {
  const bool is_by_time = !resource.access.by_time.empty();
  store::Query query = wanted.query;
  ++query.limit;
  Page page;
  CARILLON_CHECK(select(database, scope, resource, query, [&] { return page.objects.emplace_back(resource).get(); }));
  if (page.objects.size() > static_cast<std::size_t>(wanted.query.limit)) {
    page.objects.pop_back();
    page.next = store::cursor_of(resource, query, page.objects.back().get());
  }
  if (!is_by_time || wanted.wants_total) {
    CARILLON_TRY(total, store::count(database, scope, resource, query.filters));
    page.total = total;
  }
  return page;
}

/// Hashes the password that is among the members, for who keeps it so. On the hashing threads: it takes 100 ms.
Task<std::expected<Secret, Problem>> hash_password_of(Backend& backend, const Caller& caller, const Wish& wish, bool is_new) {
  const model::FieldInfo* field = wish.resource->find("password");
  if (field == nullptr || !may_write(*field, *wish.resource, caller.role, is_new)) co_return Secret();  // It will be refused.
  const bool keeps_hash = wish.resource->find("password_hash") != nullptr;
  const json::value* password = wish.members.if_contains("password");
  if (!keeps_hash || password == nullptr || !password->is_string() || password->get_string().empty()) co_return Secret();
  constexpr std::size_t longest = 256;
  if (password->get_string().size() > longest) co_return Secret();  // The declaration refuses it.
  Secret text(std::string(password->get_string().data(), password->get_string().size()));
  co_return co_await backend.logins.hash(std::move(text));
}

/// `not_found` when the object of the request is not the caller's.
Task<std::expected<void, Problem>> check_there(Backend& backend, const Request& request) {
  auto look = [resource = request.operation->item, id = from_base32(request.id).value_or(0),
               scope = request.caller.scope](store::Database& database) { return store::load(database, scope, *resource, id); };
  const auto found = co_await backend.database.run(request.caller.scope, std::move(look));
  if (!found) co_return std::unexpected(problem_of(found.error()));
  co_return std::expected<void, Problem>();
}

Answer answer_of(const Result<Written>& written, const Request& request, Success success) {
  if (!written) return std::unexpected(problem_of(written.error()));
  if (!written->faults.empty()) {
    return std::unexpected(Problem{.fault = Fault::invalid, .detail = "Some fields are wrong.", .errors = written->faults});
  }
  if (!written->uses.empty()) {
    Problem problem{.fault = Fault::in_use, .detail = "Others refer to it."};
    for (const store::Use& use : written->uses) {
      problem.uses.push_back(
          {{"collection", collection_of(use.table)}, {"id", to_base32(use.id)}, {"field", use.field}, {"title", use.title}});
    }
    return std::unexpected(std::move(problem));
  }
  if (!written->object) {
    Document nothing{json::object()};
    nothing.success = Success::nothing;
    return nothing;
  }
  json::object body = shown(*written->object, request.caller);
  Document document{json::object()};
  document.headers.emplace_back("ETag", tag_of(*written->object));
  if (success == Success::created) {
    const std::string_view id = body.at("id").as_string();
    document.headers.emplace_back("Location", fmt::format("/api/v1/{}/{}", collection_of(request.operation->item->table), id));
  }
  for (const auto& [name, value] : written->shown)
    if (!request.caller.is_emulated() || name == "notices") body[name] = value;
  document.body = std::move(body);
  document.success = success;
  return document;
}

/// Runs `work(Edit&)` in a transaction of the caller, which stands when nothing was wrong.
template <class F>
Task<Result<Written>> change(Backend& backend, const Caller& caller, F work) {
  auto run = [work = std::move(work), scope = caller.scope, actor = actor_of(caller),
              now = backend.loop.wall()](store::Database& database) mutable -> Result<Written> {
    CARILLON_TRY(edit, store::Edit::begin(database, scope, now, std::move(actor)));
    CARILLON_TRY(written, work(edit));
    if (written.faults.empty() && written.uses.empty()) CARILLON_CHECK(edit.commit());
    return written;
  };
  co_return co_await backend.database.run(caller.scope, std::move(run), write_patience);
}

/// A new password ends the sessions and links that are of the old one, but one's own session. Sessions are the platform's, so
/// this is another transaction.
Task<> end_sessions(Backend& backend, const Caller& caller, const model::Object& object, const Secret& hash) {
  const model::Resource& resource = object.resource();
  const auto login = model::member<std::int64_t>(object.get(), resource.fields.front());
  const bool must_change = model::member<bool>(object.get(), *resource.find("must_change"));
  const std::int64_t kept = caller.actor.login == login ? caller.session : 0;
  auto set = [login, hash, must_change, kept](store::Database& database) -> Result<> {
    CARILLON_TRY(transaction, store::Transaction::begin_write(database));
    CARILLON_CHECK(store::set_password(database, login, hash, must_change, kept));
    return transaction.commit();
  };
  const store::Scope everybody;
  const auto ended = co_await backend.database.run(everybody, std::move(set), write_patience);
  if (!ended) log::error("api", "sessions.not_ended", {{"login", to_base32(login)}, {"fault", ended.error().code}});
}

/// Who is locked out of the portal is thrown out of it, too; nothing of that comes back with the key. Sessions are the
/// platform's, so this is another transaction.
Task<> throw_out(Backend& backend, const model::Object& object) {
  const bool is_user = &object.resource() == &model::resource_of<model::User>;
  const bool is_customer = &object.resource() == &model::resource_of<model::Customer>;
  const Id<model::User> user{is_user && object.as<model::User>().lock == model::Lock::global ? object.as<model::User>().id.value
                                                                                             : 0};
  const Id<model::Customer> customer{
      is_customer && object.as<model::Customer>().lock == model::Lock::global ? object.as<model::Customer>().id.value : 0};
  if (!user && !customer) co_return;
  auto end = [user, customer](store::Database& database) {
    return user ? store::end_sessions_of(database, user) : store::end_sessions_of(database, customer);
  };
  const store::Scope everybody;
  const auto ended = co_await backend.database.run(everybody, std::move(end), write_patience);
  if (!ended) log::error("api", "sessions.not_ended", {{"fault", ended.error().code}});
}

/// Whoever has a login and no password yet is sent a link to choose one.
void invite(Backend& backend, const model::Object& object) {
  const model::Resource& resource = object.resource();
  const model::FieldInfo* hash = resource.find("password_hash");
  const model::FieldInfo* email = resource.find("email");
  if (hash == nullptr || email == nullptr || !model::member<Secret>(object.get(), *hash).is_empty()) return;
  if (model::member<model::Text>(object.get(), *email).empty()) return;
  const Id<model::Brand> brand{model::member<std::int64_t>(object.get(), *resource.find("brand"))};
  backend.resets.invite(model::member<std::int64_t>(object.get(), resource.fields.front()), brand);
}

/// What the request is known by, when its client gave it a key.
std::expected<std::optional<store::KeyedRequest>, Problem> keyed(const Request& request) {
  constexpr std::size_t key_bytes_max = 255;
  const std::string_view key = request.http.header("idempotency-key");
  if (key.empty()) return std::nullopt;
  if (key.size() > key_bytes_max) {
    return std::unexpected(
        Problem{.fault = Fault::bad_request, .detail = {}, .errors = {{"Idempotency-Key", "has more than 255 bytes"}}});
  }
  const Actor& actor = request.caller.actor;
  const std::string whole =
      fmt::format("{} {} {} {} {}", actor.login, actor.emulated_by, request.caller.acting_for, request.operation->path, key);
  return store::KeyedRequest{store::token_digest(whole), store::token_digest(request.http.body)};
}

/// Makes an object, or finds the one that the same request made before.
Result<Written> create_once(store::Edit& edit, const Caller& caller, const Wish& wish,
                            const std::optional<store::KeyedRequest>& key, Instant now) {
  if (!key) return create(edit, caller, wish);
  CARILLON_TRY(before, store::find_keyed(edit.database(), *key, now));
  if (before) {
    CARILLON_TRY(object, store::load(edit.database(), edit.scope(), *wish.resource, *before));
    Written found;
    found.object = std::move(object);
    return found;
  }
  CARILLON_TRY(written, create(edit, caller, wish));
  if (!written.object) return written;
  const auto id = model::member<std::int64_t>(written.object->get(), wish.resource->fields.front());
  CARILLON_CHECK(store::note_keyed(edit.database(), edit.scope(), *key, id, now));
  return written;
}

}  // namespace

Task<Answer> list_objects(Backend& backend, Request request) {
  const model::Resource& resource = *request.operation->item;
  if (!model::reaches(request.caller.role, resource.access.read)) co_return refused(Fault::forbidden);
  auto wanted = read_resource_query(request.http.query, resource, request.caller, backend.loop.wall());
  if (!wanted) co_return std::unexpected(std::move(wanted).error());
  const bool is_file = wants_rather(request.http.header("accept"), "text/csv");
  if (is_file) {
    const auto enabled = co_await check_feature(backend, request.caller, model::Feature::data_transfer);
    if (!enabled) co_return std::unexpected(enabled.error());
  }
  if (is_file) co_return co_await export_objects(backend, std::move(request), std::move(wanted->query));
  auto load = [&resource, wanted = *std::move(wanted), scope = request.caller.scope](store::Database& database) {
    return load_page(database, scope, resource, wanted);
  };
  const auto page = co_await backend.database.run(request.caller.scope, std::move(load));
  if (!page) co_return std::unexpected(problem_of(page.error()));
  json::array items;
  for (const model::Object& object : page->objects) items.push_back(shown(object, request.caller));
  json::object body{{"items", std::move(items)}};
  if (!resource.access.by_time.empty()) body["next"] = json::value();
  if (page->next && !resource.access.by_time.empty()) body["next"] = *page->next;
  if (page->total) body["total"] = *page->total;
  co_return Answer(std::move(body));
}

Task<Answer> get_object(Backend& backend, Request request) {
  const model::Resource& resource = *request.operation->item;
  if (!model::reaches(request.caller.role, resource.access.read)) co_return refused(Fault::forbidden);
  store::Query one;
  one.filters.push_back({"id", request.id});
  if (!store::is_value(resource.fields.front(), request.id)) co_return refused(Fault::not_found);
  auto load = [&resource, wanted = ResourceQuery{.query = std::move(one)},
               scope = request.caller.scope](store::Database& database) { return load_page(database, scope, resource, wanted); };
  const auto page = co_await backend.database.run(request.caller.scope, std::move(load));
  if (!page) co_return std::unexpected(problem_of(page.error()));
  if (page->objects.empty()) co_return refused(Fault::not_found);
  Document document(shown(page->objects.front(), request.caller));
  document.headers.emplace_back("ETag", tag_of(page->objects.front()));
  co_return document;
}

Task<Answer> create_object(Backend& backend, Request request) {
  const model::Resource& resource = *request.operation->item;
  if (!model::reaches(request.caller.role, resource.access.write)) co_return refused(Fault::forbidden);
  auto members = read_object(request.http.body);
  if (!members) co_return std::unexpected(std::move(members).error());
  Wish wish{.resource = &resource, .members = *std::move(members), .password_hash = {}};
  auto hash = co_await hash_password_of(backend, request.caller, wish, true);
  if (!hash) co_return std::unexpected(std::move(hash).error());
  wish.password_hash = *std::move(hash);
  const auto key = keyed(request);
  if (!key) co_return std::unexpected(key.error());
  auto work = [wish = std::move(wish), caller = request.caller, key = *key, now = backend.loop.wall()](store::Edit& edit) {
    return create_once(edit, caller, wish, key, now);
  };
  const auto written = co_await change(backend, request.caller, std::move(work));
  if (written && written->object) invite(backend, *written->object);
  co_return answer_of(written, request, Success::created);
}

Task<Answer> update_object(Backend& backend, Request request) {
  const model::Resource& resource = *request.operation->item;
  if (!may_update(resource, request.caller.role)) co_return refused(Fault::forbidden);
  auto members = read_object(request.http.body);
  if (!members) co_return std::unexpected(std::move(members).error());
  Wish wish{.resource = &resource, .members = *std::move(members), .password_hash = {}};
  if (wish.members.contains("password")) {  // Hashing takes long: not for what is somebody else's.
    const auto there = co_await check_there(backend, request);
    if (!there) co_return std::unexpected(there.error());
  }
  auto hash = co_await hash_password_of(backend, request.caller, wish, false);
  if (!hash) co_return std::unexpected(std::move(hash).error());
  wish.password_hash = *std::move(hash);
  const Change which{.id = from_base32(request.id).value_or(0),
                     .replaces = request.operation->method == "PUT",
                     .if_match = std::string(request.http.header("if-match"))};
  auto work = [wish, caller = request.caller, which](store::Edit& edit) { return update(edit, caller, wish, which); };
  const auto written = co_await change(backend, request.caller, std::move(work));
  const bool has_password = written && written->object && !wish.password_hash.is_empty();
  if (has_password) co_await end_sessions(backend, request.caller, *written->object, wish.password_hash);
  if (written && written->object && wish.members.contains("lock")) co_await throw_out(backend, *written->object);
  if (written && written->object && wish.members.contains("email")) invite(backend, *written->object);
  co_return answer_of(written, request, Success::ok);
}

Task<Answer> delete_object(Backend& backend, Request request) {
  const model::Resource& resource = *request.operation->item;
  if (!model::reaches(request.caller.role, resource.access.write)) co_return refused(Fault::forbidden);
  const Change which{.id = from_base32(request.id).value_or(0), .if_match = std::string(request.http.header("if-match"))};
  auto work = [&resource, which](store::Edit& edit) { return remove(edit, resource, which); };
  const auto written = co_await change(backend, request.caller, std::move(work));
  co_return answer_of(written, request, Success::nothing);
}

}  // namespace carillon::api
