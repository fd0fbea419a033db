// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "call/story.hpp"
#include <sys/socket.h>
#include <toml++/toml.h>
int parse(int a, int b, int c, int d, int e, int f, int g);
