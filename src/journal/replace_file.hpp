// SPDX-License-Identifier: GPL-3.0-or-later
// A file's content exchanged as one step.
#pragma once

#include "journal/file.hpp"

namespace carillon::journal {

/// Writes a file so that its name shows the old content or the new, never half of it, also after a crash.
Result<> replace_file(const std::filesystem::path& path, std::string_view content);

}  // namespace carillon::journal
