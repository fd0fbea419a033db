carillon_module(sip LIBS OpenSSL::Crypto)
