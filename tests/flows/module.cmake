# The platform with its telephones, and the flow runner: every *.flow below this folder is a test of carillon_flows_test.
if(GTest_FOUND)
  carillon_module(flows NEEDS roles/signalling media mediaclient support store roles LIBS GTest::gtest)
  target_include_directories(carillon_flows PUBLIC ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(carillon_flows_test PRIVATE CARILLON_FLOWS="${CMAKE_CURRENT_LIST_DIR}")
endif()
