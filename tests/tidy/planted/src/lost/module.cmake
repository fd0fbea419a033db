carillon_module(lost)
