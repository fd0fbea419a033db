# SPDX-License-Identifier: GPL-3.0-or-later
# carillon_module(): one line per module. Sources are globbed, so a new file touches no build file.
#
#   carillon_module(call NEEDS agent mediaclient LIBS OpenSSL::Crypto)
#
# makes carillon::call from src/call/*.cpp and, where tests/call/*_test.cpp exists, the test program carillon_call_test
# (TEST_NEEDS names modules that only the tests use). NEEDS is what `./dev lint` holds the includes against.

# Compiled once and shared by every target: the standard headers and fmt that nearly every file includes.
file(WRITE ${CMAKE_BINARY_DIR}/pch.cpp "")
add_library(carillon_pch STATIC ${CMAKE_BINARY_DIR}/pch.cpp)
target_link_libraries(carillon_pch PUBLIC fmt::fmt)
target_precompile_headers(carillon_pch PRIVATE <algorithm> <array> <chrono> <cstdint> <expected> <functional> <map> <memory> <optional>
  <span> <string> <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)
if(GTest_FOUND)
  add_library(carillon_test_pch STATIC ${CMAKE_BINARY_DIR}/pch.cpp)
  target_link_libraries(carillon_test_pch PUBLIC fmt::fmt GTest::gtest)
  target_precompile_headers(carillon_test_pch PRIVATE <gtest/gtest.h> <chrono> <functional> <map> <memory> <optional> <string> <vector>
    <fmt/format.h>)
endif()

function(carillon_module name)
  cmake_parse_arguments(arg "" "" "NEEDS;LIBS;TEST_NEEDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  string(REPLACE "/" "_" target ${name})
  add_library(carillon_${target} STATIC ${sources})
  set_target_properties(carillon_${target} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(carillon_${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(carillon_${target} PUBLIC fmt::fmt ${arg_LIBS})
  target_precompile_headers(carillon_${target} REUSE_FROM carillon_pch)
  add_library(carillon::${target} ALIAS carillon_${target})
  # Modules are included in alphabetical order, so links between them wait until all targets exist.
  list(TRANSFORM arg_NEEDS REPLACE "/" "_")
  list(TRANSFORM arg_TEST_NEEDS REPLACE "/" "_")
  set_property(TARGET carillon_${target} PROPERTY CARILLON_NEEDS ${arg_NEEDS})
  set_property(GLOBAL APPEND PROPERTY CARILLON_MODULES ${target})

  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${name}/*_test.cpp)
  if(tests AND GTest_FOUND)
    add_executable(carillon_${target}_test ${tests})
    target_include_directories(carillon_${target}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(carillon_${target}_test PRIVATE CARILLON_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
    target_link_libraries(carillon_${target}_test PRIVATE carillon_${target} GTest::gtest GTest::gtest_main)
    target_precompile_headers(carillon_${target}_test REUSE_FROM carillon_test_pch)
    set_property(TARGET carillon_${target}_test PROPERTY CARILLON_NEEDS ${arg_TEST_NEEDS})
    set_property(GLOBAL APPEND PROPERTY CARILLON_MODULES ${target}_test)
    add_test(NAME ${name} COMMAND carillon_${target}_test)
  endif()
endfunction()

function(carillon_link_modules)
  get_property(modules GLOBAL PROPERTY CARILLON_MODULES)
  foreach(module IN LISTS modules)
    get_property(needs TARGET carillon_${module} PROPERTY CARILLON_NEEDS)
    foreach(need IN LISTS needs)
      target_link_libraries(carillon_${module} PUBLIC carillon_${need})
    endforeach()
    if(NOT module STREQUAL "base" AND TARGET carillon_base)
      target_link_libraries(carillon_${module} PUBLIC carillon_base)
    endif()
  endforeach()
endfunction()
