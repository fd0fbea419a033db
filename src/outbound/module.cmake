carillon_module(outbound LIBS CURL::libcurl OpenSSL::Crypto TEST_NEEDS support net)
