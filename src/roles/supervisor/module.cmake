carillon_module(roles/supervisor NEEDS roles net TEST_NEEDS support)
