# The program: build/<preset>/carillon.
file(GLOB carillon_main_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
add_executable(carillon ${carillon_main_sources})
target_link_libraries(carillon PRIVATE carillon_roles_signalling carillon_roles_media carillon_roles_web carillon_roles_jobs
  carillon_roles_supervisor carillon_roles carillon_dialplan carillon_outbound carillon_trace CLI11::CLI11)
# It takes the place of malloc and operator new in the whole process; sanitizers bring their own.
if(NOT CARILLON_SANITIZE)
  target_link_libraries(carillon PRIVATE mimalloc)
endif()
target_precompile_headers(carillon REUSE_FROM carillon_pch)
