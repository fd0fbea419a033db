carillon_module(api NEEDS model store control net outbound LIBS Boost::json TEST_NEEDS support)
