carillon_module(model LIBS Boost::json)
