carillon_module(store)
