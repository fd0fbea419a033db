carillon_module(sip LIBS OpenSSL::Crypto TEST_NEEDS support)
