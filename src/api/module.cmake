carillon_module(api NEEDS image model directory dialplan trace store control net outbound LIBS Boost::json csv TEST_NEEDS support)
