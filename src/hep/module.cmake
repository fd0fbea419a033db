carillon_module(hep NEEDS net)
