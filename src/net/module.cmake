carillon_module(net LIBS OpenSSL::SSL OpenSSL::Crypto Boost::headers TEST_NEEDS support)
