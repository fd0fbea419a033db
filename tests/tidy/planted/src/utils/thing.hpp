// SPDX-License-Identifier: GPL-3.0-or-later
// A place for everything. See /home/someone/notes and issue 12, or https://registry.somewhere.io/x.
int f();
//                                                                                                                                            x
