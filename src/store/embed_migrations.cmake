# SPDX-License-Identifier: GPL-3.0-or-later
# Writes OUTPUT, a C++ file that holds every FOLDER/NNNN_name.sql with its NNNN_name.postgresql.sql: so a binary can never meet migrations of another release.
file(GLOB files ${FOLDER}/*.sql)
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
  if(file MATCHES "\\.postgresql\\.sql$")
    string(REPLACE ".postgresql.sql" ".sql" plain ${file})
    if(NOT EXISTS ${plain})
      message(FATAL_ERROR "${file}: there is no ${plain}")
    endif()
    continue()
  endif()
  get_filename_component(name ${file} NAME_WE)
  if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
    message(FATAL_ERROR "${file}: migrations are named NNNN_name.sql")
  endif()
  string(REGEX REPLACE "^0*([0-9]+)$" "\\1" number ${CMAKE_MATCH_1})
  file(READ ${file} sql)
  set(postgresql "")
  if(EXISTS ${FOLDER}/${name}.postgresql.sql)
    file(READ ${FOLDER}/${name}.postgresql.sql postgresql)
  endif()
  string(APPEND rows "    {${number}, \"${name}\", R\"sql(${sql})sql\", R\"sql(${postgresql})sql\"},\n")
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
