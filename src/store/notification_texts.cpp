// SPDX-License-Identifier: GPL-3.0-or-later
// The built-in texts, and what they may name.
#include "store/notifications.hpp"

namespace carillon::store {
namespace {

using model::NotificationKind;

constexpr Variable link_variables[] = {
    {"login", "the name that one logs in with", "alice@pbx.example"},
    {"link", "the page on which a password is chosen; empty when the platform has no portal",
     "https://pbx.example/reset#token=cr_0123"},
    {"code", "what is entered there by hand", "cr_0123"},
    {"hours", "for how many hours the link is good; 0: less than one", "72"},
    {"brand", "the brand's name; empty for the platform's own people", "Ringers"},
};

constexpr Variable limit_variables[] = {
    {"login", "the name that the reader logs in with", "admin"},
    {"customer", "whose calls they are", "DemoCompany"},
    {"limit", "whose limit it is: terminal, user, customer or brand", "customer"},
    {"caller", "who made the call that was refused", "101"},
    {"callee", "the number that was called", "+88212345678"},
    {"time", "when, in UTC", "2026-01-31T12:00:00Z"},
    {"brand", "the brand's name", "Ringers"},
};

struct BuiltIn {
  NotificationKind kind;
  std::string_view language, subject, body;
};

constexpr BuiltIn texts[] = {
    {NotificationKind::password_reset, "en", "A new password",
     "Hello,\n\nsomebody asked for a new password for the login {{login}}.\n"
     "{{#link}}Open this page to choose one:\n\n  {{link}}\n{{/link}}"
     "{{^link}}Enter this code where a new password is asked for:\n\n  {{code}}\n{{/link}}"
     "\nIt works once, for 30 minutes. If you did not ask for it, do nothing: your password stays as it is.\n"},
    {NotificationKind::password_reset, "es", "Nueva contraseña",
     "Hola:\n\nalguien ha pedido una contraseña nueva para el usuario {{login}}.\n"
     "{{#link}}Ábrase esta página para elegirla:\n\n  {{link}}\n{{/link}}"
     "{{^link}}Introduzca este código donde se pide la contraseña nueva:\n\n  {{code}}\n{{/link}}"
     "\nSirve una sola vez, durante 30 minutos. Si no la ha pedido usted, no haga nada: su contraseña no cambia.\n"},
    {NotificationKind::new_login, "en", "Your login",
     "Hello,\n\nyou can now log in{{#brand}} at {{brand}}{{/brand}} as {{login}}.\n"
     "{{#link}}Open this page to choose your password:\n\n  {{link}}\n{{/link}}"
     "{{^link}}Enter this code where a new password is asked for:\n\n  {{code}}\n{{/link}}"
     "\nIt works once, for {{hours}} hours. Later, ask for a new password.\n"},
    {NotificationKind::new_login, "es", "Su usuario",
     "Hola:\n\nya puede entrar{{#brand}} en {{brand}}{{/brand}} con el usuario {{login}}.\n"
     "{{#link}}Abra esta página para elegir su contraseña:\n\n  {{link}}\n{{/link}}"
     "{{^link}}Introduzca este código donde se pide la contraseña nueva:\n\n  {{code}}\n{{/link}}"
     "\nSirve una sola vez, durante {{hours}} horas. Más tarde, pida una contraseña nueva.\n"},
    {NotificationKind::calls_limited, "en", "{{customer}}: too many calls in a minute",
     "Hello,\n\n{{customer}} begins more calls to the outside in a minute than its {{limit}} may. Further ones are refused until "
     "the\n"
     "minute has passed; incoming calls and calls for help are not.\n\n"
     "  refused first: {{caller}} to {{callee}}\n  at: {{time}}\n\n"
     "If nobody calls so much on purpose, somebody may know a password: change the telephone's and look at its calls. You hear "
     "of\n"
     "this once an hour at most.\n"},
    {NotificationKind::calls_limited, "es", "{{customer}}: demasiadas llamadas por minuto",
     "Hola:\n\n{{customer}} inicia más llamadas al exterior por minuto de las permitidas (límite: {{limit}}). Las siguientes se "
     "rechazan\n"
     "hasta que pase el minuto; las entrantes y las de emergencia, no.\n\n"
     "  primera rechazada: {{caller}} a {{callee}}\n  a las: {{time}}\n\n"
     "Si nadie llama tanto a propósito, puede que alguien conozca una contraseña: cambie la del teléfono y mire sus llamadas. "
     "Este\n"
     "aviso llega como mucho una vez por hora.\n"},
};

}  // namespace

std::span<const Variable> variables_of(NotificationKind kind) {
  if (kind == NotificationKind::calls_limited) return limit_variables;
  return link_variables;
}

model::NotificationTemplate built_in(NotificationKind kind, std::string_view language) {
  const auto is_of = [kind](std::string_view wanted) {
    return [kind, wanted](const BuiltIn& text) { return text.kind == kind && text.language == wanted; };
  };
  const BuiltIn* found = std::ranges::find_if(texts, is_of(language.substr(0, 2)));
  if (found == std::end(texts)) found = std::ranges::find_if(texts, is_of("en"));
  model::NotificationTemplate text;
  text.kind = kind;
  text.language = found->language;
  text.subject = found->subject;
  text.body = found->body;
  return text;
}

}  // namespace carillon::store
