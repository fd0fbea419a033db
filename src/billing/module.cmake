carillon_module(billing NEEDS model store journal TEST_NEEDS support)
