carillon_module(net LIBS OpenSSL::SSL OpenSSL::Crypto Boost::headers PkgConfig::cares TEST_NEEDS support)
