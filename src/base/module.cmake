carillon_module(base LIBS Threads::Threads date::date-tz PkgConfig::tomlplusplus)
