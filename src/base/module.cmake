carillon_module(base TEST_NEEDS support LIBS Threads::Threads date::date-tz PkgConfig::tomlplusplus PkgConfig::re2)
