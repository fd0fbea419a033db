carillon_module(roles/jobs NEEDS roles billing store outbound TEST_NEEDS support journal)
