carillon_module(api NEEDS model trace store control net outbound LIBS Boost::json TEST_NEEDS support)
