carillon_module(roles/jobs NEEDS roles billing store TEST_NEEDS support journal)
