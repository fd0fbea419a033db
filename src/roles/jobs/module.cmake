carillon_module(roles/jobs NEEDS roles api billing store outbound TEST_NEEDS support journal)
