carillon_module(api NEEDS model trace store control net outbound LIBS Boost::json csv TEST_NEEDS support)
