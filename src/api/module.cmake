carillon_module(api NEEDS model trace store control net LIBS Boost::json TEST_NEEDS support)
