carillon_module(media NEEDS rtp ng net TEST_NEEDS support)
add_executable(carillon_relay_bench EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/relay_bench.cpp)
target_link_libraries(carillon_relay_bench PRIVATE carillon_media)
