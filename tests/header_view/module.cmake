# What the test beside it compares with other programs' view of the same bytes.
add_executable(carillon_header_view ${CMAKE_CURRENT_LIST_DIR}/header_view.cpp)
target_link_libraries(carillon_header_view PRIVATE carillon_sip carillon_support)
target_precompile_headers(carillon_header_view REUSE_FROM carillon_pch)
