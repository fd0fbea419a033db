carillon_module(api NEEDS image model trace store control net outbound LIBS Boost::json csv TEST_NEEDS support)
