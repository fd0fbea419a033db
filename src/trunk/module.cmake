carillon_module(trunk NEEDS net TEST_NEEDS support)
