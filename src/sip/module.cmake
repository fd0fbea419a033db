carillon_module(sip LIBS OpenSSL::Crypto TEST_NEEDS support)

# Nanoseconds per operation; built on request: ninja carillon_sip_bench.
add_executable(carillon_sip_bench EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/sip_bench.cpp)
target_compile_definitions(carillon_sip_bench PRIVATE CARILLON_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
target_link_libraries(carillon_sip_bench PRIVATE carillon_sip)
target_precompile_headers(carillon_sip_bench REUSE_FROM carillon_pch)
