carillon_module(utils)
