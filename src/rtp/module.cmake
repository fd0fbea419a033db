carillon_module(rtp LIBS OpenSSL::Crypto)
if(TARGET carillon_rtp_test AND TARGET PkgConfig::srtp)
  target_link_libraries(carillon_rtp_test PRIVATE PkgConfig::srtp)
endif()
