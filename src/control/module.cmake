carillon_module(control NEEDS model LIBS Boost::json)
