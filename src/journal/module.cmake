carillon_module(journal)
