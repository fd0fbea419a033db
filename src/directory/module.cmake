carillon_module(directory NEEDS model LIBS PkgConfig::maxminddb)
