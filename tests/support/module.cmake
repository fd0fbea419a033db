carillon_module(support NEEDS net store)
target_include_directories(carillon_support PUBLIC ${CMAKE_SOURCE_DIR}/tests)
target_compile_definitions(carillon_support PRIVATE CARILLON_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
