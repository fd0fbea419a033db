carillon_module(control NEEDS model LIBS Boost::json TEST_NEEDS support)
