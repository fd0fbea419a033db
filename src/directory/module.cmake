carillon_module(directory NEEDS model)
