// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the configuration with too heavy a header.
#pragma once
#include <toml++/toml.h>
