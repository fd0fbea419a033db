carillon_module(roles NEEDS store directory control net TEST_NEEDS support)
