carillon_module(roles NEEDS model store directory)
