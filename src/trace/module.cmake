carillon_module(trace NEEDS journal model net LIBS PkgConfig::zstd TEST_NEEDS support)
