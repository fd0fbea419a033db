carillon_module(roles/node NEEDS control net TEST_NEEDS support)
