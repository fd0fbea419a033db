carillon_module(roles/jobs NEEDS roles billing store)
