# SPDX-License-Identifier: GPL-3.0-or-later
# Writes OUTPUT, a C++ file that holds every FOLDER/NNNN_name.sql: so a binary can never meet migrations of another release.
file(GLOB files ${FOLDER}/*.sql)
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME_WE)
  if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
    message(FATAL_ERROR "${file}: migrations are named NNNN_name.sql")
  endif()
  string(REGEX REPLACE "^0*([0-9]+)$" "\\1" number ${CMAKE_MATCH_1})
  file(READ ${file} sql)
  string(APPEND rows "    {${number}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made from migrations/*.sql by src/store/embed_migrations.cmake.
#include \"store/migrations.hpp\"

namespace carillon::store {
namespace {
constexpr Migration embedded[] = {
${rows}};
}  // namespace
std::span<const Migration> migrations() { return embedded; }
}  // namespace carillon::store
")
