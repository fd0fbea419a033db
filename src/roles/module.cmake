carillon_module(roles NEEDS model store directory control net TEST_NEEDS support)
