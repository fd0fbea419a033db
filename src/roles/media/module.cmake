carillon_module(roles/media NEEDS media mediaclient net roles TEST_NEEDS support)
