carillon_module(roles/supervisor NEEDS roles store control net TEST_NEEDS support)
