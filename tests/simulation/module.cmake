# The deterministic simulation: the platform's own code with file.cpp, random.cpp and worker.cpp of this folder in place of the
# system's disk, random source and threads. They are objects of the program, so the linker takes them before those of the modules.
if(GTest_FOUND)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
  add_executable(carillon_simulation_test ${sources} ${CMAKE_SOURCE_DIR}/tests/flows/phone.cpp
    ${CMAKE_SOURCE_DIR}/tests/flows/phone_challenges.cpp ${CMAKE_SOURCE_DIR}/tests/flows/phone_registrar.cpp
    ${CMAKE_SOURCE_DIR}/tests/flows/phone_streams.cpp)
  target_include_directories(carillon_simulation_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(carillon_simulation_test PRIVATE GTest::gtest)
  target_precompile_headers(carillon_simulation_test REUSE_FROM carillon_test_pch)
  set_property(TARGET carillon_simulation_test PROPERTY CARILLON_NEEDS roles_signalling media mediaclient support store roles billing)
  set_property(GLOBAL APPEND PROPERTY CARILLON_MODULES simulation_test)
  add_test(NAME simulation COMMAND carillon_simulation_test)
endif()
