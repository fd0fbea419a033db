carillon_module(image LIBS PkgConfig::png PkgConfig::turbojpeg)
