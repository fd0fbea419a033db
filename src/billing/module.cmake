carillon_module(billing NEEDS model store journal)
