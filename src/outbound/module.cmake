carillon_module(outbound LIBS CURL::libcurl PkgConfig::cares OpenSSL::Crypto TEST_NEEDS support net)
