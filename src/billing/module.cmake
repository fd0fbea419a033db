carillon_module(billing NEEDS model store journal LIBS Boost::json TEST_NEEDS support)
