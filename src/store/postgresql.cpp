// SPDX-License-Identifier: GPL-3.0-or-later
// The driver for PostgreSQL. Its errors become ours here; nothing of its API shows outside this file.
#include "store/postgresql.hpp"

#include <charconv>

#include <libpq-fe.h>
#include <poll.h>

#include "base/assert.hpp"
#include "base/time.hpp"

namespace carillon::store {
namespace {

// The server ends a statement or a wait for a lock after 5 s. One that does not say even that within 7 s is away.
constexpr const char* session_settings =
    "SET statement_timeout = 5000; SET lock_timeout = 5000; SET idle_in_transaction_session_timeout = 60000; "
    "SET client_min_messages = warning; SET timezone = 'UTC'";
constexpr Duration answer_limit = 7s;
/// The column types of a result that are integers: bigint, smallint, integer.
constexpr Oid int8_type = 20;
constexpr Oid int2_type = 21;
constexpr Oid int4_type = 23;
constexpr Oid text_type = 25;
/// Of the advisory lock that migrations and restores hold: "Carillon".
constexpr std::string_view take_schema_lock =
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(4855466205174853486)";

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

/// PostgreSQL's "Error Codes": the class is the first two letters.
Fault fault_of(std::string_view state) {
  const std::string_view category = state.substr(0, 2);
  if (state == "25006") return Fault::read_only;
  if (state == "53100") return Fault::full;
  if (state == "57P01" || state == "57P02" || state == "57P03" || state == "57P05" || state == "25P03" || category == "08")
    return Fault::away;
  // A lock or a statement that took too long, a deadlock, no memory or connection left.
  if (state == "55P03" || state == "57014" || category == "40" || category == "53") return Fault::busy;
  if (category == "22" || category == "23" || category == "54") return Fault::constraint;
  if (category == "XX" && state != "XX000") return Fault::corrupt;
  return Fault::sql;
}

/// The options of a URL; none when it is no such URL, whose text may hold a password and is not shown.
std::map<std::string, std::string> options_of(std::string_view url) {
  std::map<std::string, std::string> options;
  PQconninfoOption* parsed = PQconninfoParse(std::string(url).c_str(), nullptr);
  if (parsed == nullptr) return options;
  for (const PQconninfoOption* option = parsed; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) options[option->keyword] = option->val;
  }
  PQconninfoFree(parsed);
  return options;
}

std::string one_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

/// `?` outside quotes and comments become $1, $2, …: the subset has no other use for it.
std::string numbered(std::string_view sql) {
  std::string text;
  int parameter = 0;
  char quote = 0;
  for (const char c : sql) {
    if (quote == 0 && c == '?') {
      text += fmt::format("${}", ++parameter);
      continue;
    }
    if (quote == c)
      quote = 0;
    else if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    text += c;
  }
  return text;
}

/// A connection to the server, with its waits. Shared by the database and its statements, whichever lives longer.
class Link {
 public:
  explicit Link(PGconn* handle) : handle_(handle) {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { PQfinish(handle_); }

  bool is_broken() const { return is_broken_; }
  bool is_idle() const { return PQtransactionStatus(handle_) == PQTRANS_IDLE; }
  bool is_in_failed_transaction() const { return PQtransactionStatus(handle_) == PQTRANS_INERROR; }
  /// Waits for as long as the server takes, until the transaction is over.
  void set_patient(bool is_patient) { is_patient_ = is_patient; }

  /// Sends by `send(PGconn*)` and gives the last result of it; the first error wins.
  template <class F>
  Result<Answer> ask(const F& send) {
    if (is_broken_) return failure(Fault::away, "The connection to the database is broken.");
    if (send(handle_) != 1) return broken(PQerrorMessage(handle_));
    CARILLON_CHECK(wait());
    Answer last;
    while (Answer answer{PQgetResult(handle_)}) {
      if (!last || !is_error(*last)) last = std::move(answer);
      CARILLON_CHECK(wait());
    }
    if (PQstatus(handle_) == CONNECTION_BAD) return broken(PQerrorMessage(handle_));
    if (!last) return broken("The server gave no result.");
    if (is_error(*last)) return refusal(*last);
    return last;
  }

  Result<Answer> query(std::string_view sql) {
    return ask([text = std::string(sql)](PGconn* handle) { return PQsendQuery(handle, text.c_str()); });
  }

  std::string new_name() { return fmt::format("s{}", ++statements_); }
  /// A prepared statement that nobody has any more. It goes with others, outside a failed transaction, where nothing can go.
  void forget(std::string name) { forgotten_.push_back(std::move(name)); }
  void remove_forgotten() {
    constexpr std::size_t some = 16;
    if (forgotten_.size() < some || is_in_failed_transaction()) return;
    std::string sql;
    for (const std::string& name : forgotten_) sql += fmt::format("DEALLOCATE {};", name);
    forgotten_.clear();
    [[maybe_unused]] const auto gone = query(sql);
  }

 private:
  static bool is_error(const PGresult& result) {
    const ExecStatusType status = PQresultStatus(&result);
    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY;
  }

  std::unexpected<Error> broken(std::string what) {
    is_broken_ = true;
    return failure(Fault::away, one_line(std::move(what)));
  }

  std::unexpected<Error> refusal(const PGresult& result) {
    const char* state = PQresultErrorField(&result, PG_DIAG_SQLSTATE);
    const Fault fault = state == nullptr ? Fault::away : fault_of(state);
    const char* primary = PQresultErrorField(&result, PG_DIAG_MESSAGE_PRIMARY);
    std::string what = primary == nullptr ? PQresultErrorMessage(&result) : primary;
    if (fault == Fault::away) return broken(std::move(what));
    return failure(fault, one_line(std::move(what)));
  }

  /// Until PQgetResult() does not wait.
  Result<> wait() {
    const Monotonic deadline = system_monotonic_time() + answer_limit;
    while (true) {
      const int unsent = PQflush(handle_);
      if (unsent < 0 || PQconsumeInput(handle_) != 1) return broken(PQerrorMessage(handle_));
      if (unsent == 0 && PQisBusy(handle_) == 0) return {};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - system_monotonic_time());
      if (!is_patient_ && left.count() <= 0) return broken("The server does not answer.");
      const auto events = static_cast<short>(unsent == 0 ? POLLIN : POLLIN | POLLOUT);
      pollfd socket{.fd = PQsocket(handle_), .events = events, .revents = 0};
      poll(&socket, 1, is_patient_ ? -1 : static_cast<int>(left.count()));
    }
  }

  PGconn* handle_;
  std::int64_t statements_ = 0;
  std::vector<std::string> forgotten_;
  bool is_broken_ = false;
  bool is_patient_ = false;
};

class PostgresqlStatement final : public Statement {
 public:
  PostgresqlStatement(std::shared_ptr<Link> link, std::shared_ptr<std::int64_t> changed, std::string_view sql)
      : link_(std::move(link)), changed_(std::move(changed)), sql_(numbered(sql)) {}
  PostgresqlStatement(const PostgresqlStatement&) = delete;
  PostgresqlStatement& operator=(const PostgresqlStatement&) = delete;
  ~PostgresqlStatement() override {
    if (!name_.empty()) link_->forget(std::move(name_));
  }

  void bind(int parameter, std::int64_t value) override { at(parameter) = {fmt::format("{}", value), int8_type}; }
  void bind(int parameter, std::string_view value) override { at(parameter) = {std::string(value), text_type}; }
  void bind_null(int parameter) override { at(parameter) = {}; }

  Result<bool> step() override {
    if (!answer_) CARILLON_CHECK(run_it());
    ++row_;
    return row_ < PQntuples(answer_.get());
  }
  void reset() override {
    answer_.reset();
    row_ = -1;
  }

  bool is_null(int column) const override { return PQgetisnull(answer_.get(), row_, column) == 1; }
  std::int64_t integer(int column) const override {
    std::int64_t value = 0;
    const std::string_view digits = text(column);
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }
  std::string_view text(int column) const override {
    return {PQgetvalue(answer_.get(), row_, column), static_cast<std::size_t>(PQgetlength(answer_.get(), row_, column))};
  }
  std::vector<Column> columns() const override {
    std::vector<Column> all;
    for (int i = 0; i < PQnfields(answer_.get()); ++i) {
      const Oid type = PQftype(answer_.get(), i);
      all.push_back({PQfname(answer_.get(), i), type == int8_type || type == int4_type || type == int2_type});
    }
    return all;
  }

 private:
  struct Parameter {
    std::optional<std::string> value;
    Oid type = 0;  ///< The server finds it out.
  };

  Parameter& at(int parameter) {
    CARILLON_ASSERT(parameter >= 1);
    if (parameters_.size() < static_cast<std::size_t>(parameter)) parameters_.resize(static_cast<std::size_t>(parameter));
    return parameters_[static_cast<std::size_t>(parameter - 1)];
  }

  /// What is run once is sent once; what is run again is prepared, since then it pays.
  Result<> run_it() {
    link_->remove_forgotten();
    std::vector<const char*> values;
    std::vector<int> lengths, formats;
    std::vector<Oid> types;
    for (const Parameter& parameter : parameters_) {
      values.push_back(parameter.value ? parameter.value->data() : nullptr);
      lengths.push_back(parameter.value ? static_cast<int>(parameter.value->size()) : 0);
      // Text goes with its length, so that what the server cannot keep is refused and not cut.
      formats.push_back(parameter.type == text_type ? 1 : 0);
      types.push_back(parameter.type);
    }
    const int count = static_cast<int>(parameters_.size());
    const bool is_again = std::exchange(was_run_, true);
    if (is_again && name_.empty()) {
      const std::string name = link_->new_name();
      CARILLON_CHECK(
          link_->ask([&](PGconn* handle) { return PQsendPrepare(handle, name.c_str(), sql_.c_str(), count, types.data()); }));
      name_ = name;
    }
    CARILLON_TRY(answer, link_->ask([&](PGconn* handle) {
      if (is_again) return PQsendQueryPrepared(handle, name_.c_str(), count, values.data(), lengths.data(), formats.data(), 0);
      return PQsendQueryParams(handle, sql_.c_str(), count, types.data(), values.data(), lengths.data(), formats.data(), 0);
    }));
    answer_ = std::move(answer);
    row_ = -1;
    const std::string_view changed = PQcmdTuples(answer_.get());
    *changed_ = 0;
    std::from_chars(changed.data(), changed.data() + changed.size(), *changed_);
    return {};
  }

  std::shared_ptr<Link> link_;
  std::shared_ptr<std::int64_t> changed_;
  std::string sql_;
  std::vector<Parameter> parameters_;
  std::string name_;  ///< On the server, once prepared.
  bool was_run_ = false;
  Answer answer_;
  int row_ = -1;
};

std::string_view level_of(const Scope& scope) {
  return scope.customer ? "customer" : scope.brand ? "brand" : "platform";
}

class PostgresqlDatabase final : public Database {
 public:
  explicit PostgresqlDatabase(PGconn* handle) : link_(std::make_shared<Link>(handle)) {}

  DatabaseKind kind() const override { return DatabaseKind::postgresql; }
  bool is_broken() const override { return link_->is_broken(); }

  Result<> confine(const Scope& scope) override {
    if (scope_ == scope) return {};
    CARILLON_ASSERT(link_->is_broken() || link_->is_idle());
    CARILLON_TRY(statement, prepare("SELECT set_config('carillon.scope', ?, false), set_config('carillon.brand', ?, false), "
                                    "set_config('carillon.customer', ?, false)"));
    scope_.reset();
    statement->bind(1, level_of(scope));
    statement->bind(2, std::to_string(scope.brand.value));
    statement->bind(3, std::to_string(scope.customer.value));
    CARILLON_CHECK(statement->run());
    scope_ = scope;
    return {};
  }

  /// The settings are the transaction's alone: none outlives it, whatever fails.
  Result<> look_beyond(const std::function<Result<>()>& look) override {
    if (!scope_ || is_beyond_) return look();
    const auto see_as = [this](std::string_view level) -> Result<> {
      CARILLON_TRY(statement, prepare("SELECT set_config('carillon.scope', ?, true)"));
      statement->bind(1, level);
      return statement->run();
    };
    CARILLON_CHECK(see_as("platform"));
    is_beyond_ = true;
    const Result<> looked = look();
    is_beyond_ = false;
    if (!looked) return looked;
    return see_as(level_of(*scope_));
  }

  Result<> check_walls() override {
    CARILLON_TRY(role, prepare("SELECT rolname FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)"));
    CARILLON_TRY(is_above, role->step());
    if (!is_above) return {};
    return failure(Fault::unsupported, fmt::format("The role {} of database.url is a superuser or has BYPASSRLS, so the database "
                                                   "would show it every tenant: make one with NOSUPERUSER NOBYPASSRLS.",
                                                   role->text(0)));
  }

  Result<std::unique_ptr<Statement>> prepare(std::string_view sql) override {
    return std::make_unique<PostgresqlStatement>(link_, changed_, sql);
  }

  Result<> execute(std::string_view sql) override {
    CARILLON_CHECK(link_->query(sql));
    return {};
  }

  Result<bool> has_table(std::string_view name) override {
    CARILLON_TRY(statement, prepare("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?"));
    statement->bind(1, name);
    return statement->step();
  }

  std::int64_t changed_rows() const override { return *changed_; }

  Result<> begin(bool write) override {
    // The first query fixes the state that a reading transaction sees; do it now.
    return execute(write ? "BEGIN ISOLATION LEVEL READ COMMITTED" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1");
  }

  Result<> lock_schema() override {
    link_->set_patient(true);
    return execute(take_schema_lock);
  }

  Result<> commit() override {
    auto answer = link_->query("COMMIT");
    link_->set_patient(false);
    if (!answer) return std::unexpected(std::move(answer).error());
    // After a statement that failed the server undoes everything, and says so here alone.
    if (std::string_view(PQcmdStatus(answer->get())) == "COMMIT") return {};
    return failure(Fault::sql, "A statement of the transaction failed: it was undone.");
  }

  void rollback() override {
    link_->set_patient(false);
    if (link_->is_idle()) return;
    [[maybe_unused]] const auto undone = link_->query("ROLLBACK");
  }

 private:
  std::shared_ptr<Link> link_;
  std::shared_ptr<std::int64_t> changed_ = std::make_shared<std::int64_t>(0);
  std::optional<Scope> scope_;  ///< What it is confined to; none: to nothing.
  bool is_beyond_ = false;      ///< Within look_beyond().
};

/// What libpq says of a connection that failed, without the password wherever it came from.
std::string said_of(PGconn* handle) {
  if (handle == nullptr) return "out of memory";
  std::string what = one_line(PQerrorMessage(handle));
  const char* password = PQpass(handle);
  const std::string_view secret = password == nullptr ? "" : password;
  for (std::size_t at = 0; !secret.empty() && (at = what.find(secret, at)) != std::string::npos;)
    what.replace(at, secret.size(), "***");
  return what;
}

}  // namespace

bool has_password(std::string_view url) {
  return url.starts_with("postgresql://") && options_of(url).contains("password");
}

Result<std::unique_ptr<Database>> open_postgresql(std::string_view url, Access access) {
  std::map<std::string, std::string> options = options_of(url);
  if (options.empty()) return failure(Fault::open, "database.url is no URL of PostgreSQL: postgresql://ROLE@HOST/DATABASE");
  options["client_encoding"] = "UTF8";
  for (const auto& [name, value] : {std::pair{"connect_timeout", "5"},
                                    {"keepalives_idle", "10"},
                                    {"keepalives_interval", "5"},
                                    {"keepalives_count", "3"},
                                    {"tcp_user_timeout", "10000"},
                                    {"fallback_application_name", "carillon"}}) {
    options.try_emplace(name, value);
  }
  std::vector<const char*> names, values;
  for (const auto& [name, value] : options) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* handle = PQconnectdbParams(names.data(), values.data(), 0);
  auto database = std::make_unique<PostgresqlDatabase>(handle);
  if (PQstatus(handle) != CONNECTION_OK) return failure(Fault::open, said_of(handle));
  PQsetnonblocking(handle, 1);
  CARILLON_CHECK(database->execute(session_settings));
  if (access == Access::read) CARILLON_CHECK(database->execute("SET default_transaction_read_only = on"));
  return database;
}

}  // namespace carillon::store
