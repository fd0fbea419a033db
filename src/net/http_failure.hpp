// SPDX-License-Identifier: GPL-3.0-or-later
// What the server itself answers when a request is none, or when its handler says nothing.
#pragma once

#include "net/http_server.hpp"

namespace carillon::net {

/// A problem (RFC 9457) as everybody else's are: its `code` is `http.` and the status in words ("http.bad_request").
HttpResponse http_failure(unsigned status);

}  // namespace carillon::net
