carillon_module(support NEEDS net)
target_include_directories(carillon_support PUBLIC ${CMAKE_SOURCE_DIR}/tests)
