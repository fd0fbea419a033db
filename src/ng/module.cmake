carillon_module(ng)
