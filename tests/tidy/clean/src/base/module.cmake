carillon_module(base)
