// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/notifications.hpp"

#include <kainjow/mustache.hpp>

#include "model/user.hpp"
#include "store/settings.hpp"
#include "store/table.hpp"

namespace carillon::store {
namespace {

using kainjow::mustache::basic_context;
using kainjow::mustache::data;
using kainjow::mustache::mustache;
using model::NotificationKind;
using model::NotificationTemplate;

constexpr std::ptrdiff_t sections_max = 50;  ///< The renderer goes down for each.

/// Knows the values, and notes what is asked for beside them.
class Names final : public basic_context<std::string> {
 public:
  explicit Names(const Values& values) {
    for (const auto& [name, value] : values) known_.emplace(name, value.empty() ? data(data::type::bool_false) : data(value));
  }
  void push(const data*) override {}
  void pop() override {}
  const data* get(const std::string& name) const override {
    const auto found = known_.find(name);
    if (found != known_.end()) return &found->second;
    if (unknown_.empty()) unknown_ = name;
    return nullptr;
  }
  const data* get_partial(const std::string& name) const override {
    if (unknown_.empty()) unknown_ = "> " + name;
    return nullptr;
  }
  const std::string& unknown() const { return unknown_; }  ///< The first; empty: none.

 private:
  std::map<std::string, data, std::less<>> known_;
  mutable std::string unknown_;
};

/// Mails are plain text: nothing is escaped.
std::string fill(const std::string& text, Names& names) {
  mustache made(text);
  made.set_custom_escape([](const std::string& value) { return value; });
  return made.is_valid() ? made.render(names) : std::string();
}

std::string names_of(NotificationKind kind) {
  std::string names;
  for (const Variable& each : variables_of(kind)) names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
  return names;
}

/// What each tag begins with, behind blanks: the renderer passes them over.
std::string kinds_of_tags(std::string_view text) {
  std::string kinds;
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at + 1)) {
    const std::size_t first = text.find_first_not_of(" \t\r\n", at + 2);
    if (first != std::string_view::npos) kinds += text[first];
  }
  return kinds;
}

/// What is wrong with one of the texts; empty when nothing is.
std::string fault_of(NotificationKind kind, const std::string& text, const Values& values) {
  const std::string tags = kinds_of_tags(text);
  const auto sections = std::ranges::count(tags, '#') + std::ranges::count(tags, '^');
  if (sections > sections_max) return fmt::format("has more than {} sections", sections_max);
  if (tags.contains('=')) return "must not change the delimiters";
  const mustache made(text);
  if (!made.is_valid()) return "cannot be read: " + made.error_message();
  Names names(values);
  const std::string filled = fill(text, names);
  if (!names.unknown().empty()) return fmt::format("names {}, and there are: {}", names.unknown(), names_of(kind));
  return filled.size() > mail_bytes_max ? "becomes longer than a mail may be" : "";
}

struct Reader {
  std::string language, brand_name, sender_name, sender;
};

/// How the owner of a login is written to: in the language said nearest to it, by the brand, else by the platform.
Result<Reader> reader_of(Database& database, const Login& login) {
  CARILLON_TRY(settings, load_settings(database));
  Reader reader{.language = settings.language, .brand_name = {}, .sender_name = settings.mail_name, .sender = {}};
  if (!login.brand) return reader;
  const auto take = [&](const std::string& said) {
    if (!said.empty()) reader.language = said;
  };
  CARILLON_TRY(brand, find(database, {}, login.brand));
  take(brand.language);
  reader.brand_name = brand.name;
  if (!brand.mail_name.empty()) reader.sender_name = brand.mail_name;
  reader.sender = brand.mail_from;
  if (login.customer) {
    CARILLON_TRY(customer, find(database, {}, login.customer));
    take(customer.language);
  }
  if (login.role == Role::user) {
    CARILLON_TRY(user, find(database, {}, Id<model::User>{login.id}));
    take(user.language);
  }
  return reader;
}

/// The brand's own in that language, else in its first; then the platform's; then the built-in one.
Result<NotificationTemplate> choose(Database& database, NotificationKind kind, Id<model::Brand> brand,
                                    std::string_view language) {
  CARILLON_TRY(statement, database.prepare("SELECT id FROM notification_templates WHERE kind = ? AND "
                                           "(brand = ? OR brand IS NULL) AND (language = ? OR language = ?) "
                                           "ORDER BY CASE WHEN brand IS NULL THEN 1 ELSE 0 END, length(language) DESC LIMIT 1"));
  statement->bind(1, model::text_of(kind));
  statement->bind(2, brand.value);
  statement->bind(3, language);
  statement->bind(4, language.substr(0, 2));
  CARILLON_TRY(is_found, statement->step());
  if (!is_found) return built_in(kind, language);
  return find(database, {}, Id<NotificationTemplate>{statement->integer(0)});
}

}  // namespace

Values example_values(NotificationKind kind) {
  Values values;
  for (const Variable& each : variables_of(kind)) values.emplace_back(each.name, each.example);
  return values;
}

std::vector<model::FieldFault> check_template(const NotificationTemplate& text) {
  std::vector<model::FieldFault> faults;
  Values none = example_values(text.kind);
  for (auto& [name, value] : none) value.clear();
  for (const Values& values : {example_values(text.kind), none}) {  // So that sections of either kind are looked at.
    for (const auto& [field, what] : {std::pair("subject", &text.subject), std::pair("body", &text.body)}) {
      std::string fault = fault_of(text.kind, *what, values);
      if (!fault.empty() && faults.empty()) faults.push_back({field, std::move(fault)});
    }
  }
  return faults;
}

Mail render(const NotificationTemplate& text, const Values& values) {
  Names names(values);
  Mail mail;
  mail.subject = fill(text.subject, names);
  mail.text = fill(text.body, names);
  std::ranges::replace_if(mail.subject, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return mail;
}

Result<Mail> write_mail(Database& database, NotificationKind kind, const Login& login, const Values& values) {
  CARILLON_TRY(reader, reader_of(database, login));
  CARILLON_TRY(text, choose(database, kind, login.brand, reader.language));
  Values all = values;
  all.emplace_back("login", login.name);
  all.emplace_back("brand", reader.brand_name);
  Mail mail = render(text, all);
  if (mail.text.empty() || mail.text.size() > mail_bytes_max) mail = render(built_in(kind, reader.language), all);
  mail.to = login.email;
  mail.sender_name = reader.sender_name;
  mail.sender = reader.sender;
  return mail;
}

}  // namespace carillon::store
