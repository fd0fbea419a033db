carillon_module(outbound NEEDS net LIBS CURL::libcurl PkgConfig::cares OpenSSL::Crypto TEST_NEEDS support)
