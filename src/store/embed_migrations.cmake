# SPDX-License-Identifier: GPL-3.0-or-later
# Writes OUTPUT, a C++ file that holds every migration of FOLDER: so a binary can never meet migrations of another release. One is NNNN_name.sql
# with what a database alone gets behind it, NNNN_name.sqlite.sql and NNNN_name.postgresql.sql; or these two alone.
file(GLOB files ${FOLDER}/*.sql)
set(names "")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  if(NOT name MATCHES "^([0-9][0-9][0-9][0-9]_[a-z0-9_]+)(\\.sqlite|\\.postgresql)?\\.sql$")
    message(FATAL_ERROR "${file}: migrations are named NNNN_name.sql, .sqlite.sql or .postgresql.sql")
  endif()
  list(APPEND names ${CMAKE_MATCH_1})
endforeach()
list(REMOVE_DUPLICATES names)
list(SORT names)
set(rows "")
foreach(name IN LISTS names)
  string(REGEX REPLACE "^0*([0-9]+)_.*$" "\\1" number ${name})
  set(columns "")
  foreach(part "" .sqlite .postgresql)
    set(sql "")
    if(EXISTS ${FOLDER}/${name}${part}.sql)
      file(READ ${FOLDER}/${name}${part}.sql sql)
    elseif("${part}" STREQUAL "" AND NOT (EXISTS ${FOLDER}/${name}.sqlite.sql AND EXISTS ${FOLDER}/${name}.postgresql.sql))
      message(FATAL_ERROR "${FOLDER}/${name}: there is no ${name}.sql")
    endif()
    string(APPEND columns ", R\"sql(${sql})sql\"")
  endforeach()
  string(APPEND rows "    {${number}, \"${name}\"${columns}},\n")
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
