carillon_module(api NEEDS model store control net LIBS Boost::json TEST_NEEDS support)
