carillon_module(store NEEDS model LIBS SQLite::SQLite3 PkgConfig::pq PkgConfig::archive Boost::json
  PkgConfig::sodium OpenSSL::Crypto TEST_NEEDS support)

# The migrations become part of the binary: migrations.cpp is made in the build directory whenever one of them changes.
file(GLOB carillon_migrations CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/migrations/*.sql)
set(carillon_migrations_cpp ${CMAKE_BINARY_DIR}/store/embedded_migrations.cpp)
add_custom_command(OUTPUT ${carillon_migrations_cpp}
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${carillon_migrations_cpp} -DFOLDER=${CMAKE_SOURCE_DIR}/migrations
    -P ${CMAKE_SOURCE_DIR}/src/store/embed_migrations.cmake
  DEPENDS ${carillon_migrations} ${CMAKE_SOURCE_DIR}/src/store/embed_migrations.cmake VERBATIM)
target_sources(carillon_store PRIVATE ${carillon_migrations_cpp})
