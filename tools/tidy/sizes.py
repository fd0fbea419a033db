# SPDX-License-Identifier: GPL-3.0-or-later
"""How large a file, a function and a parameter list may be."""
HEADER_LINES_MAX = 400
SOURCE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 6
COLUMNS_MAX = 130


def check(source):
    in_tests = source.path.startswith("tests/")
    lines = len(source.lines) - (source.lines[-1] == "")
    limit = HEADER_LINES_MAX if source.path.endswith(".hpp") else SOURCE_LINES_MAX
    if lines > limit:
        yield "file-length", source.path, 1, f"{lines} lines, at most {limit}: it holds more than one idea"
    for number, line in enumerate(source.lines, 1):
        if len(line) > COLUMNS_MAX:
            yield "line-length", source.path, number, f"{len(line)} columns, at most {COLUMNS_MAX}"
    for function in source.functions():
        where = f"{source.path}:{function.name}"
        if function.body_lines > FUNCTION_LINES_MAX + 2 and not in_tests:
            yield "function-length", where, function.line, f"{function.body_lines - 2} lines, at most {FUNCTION_LINES_MAX}"
        if function.parameters > PARAMETERS_MAX:
            yield "parameters", where, function.line, f"{function.parameters} parameters, at most {PARAMETERS_MAX}: name them in a struct"
