carillon_module(roles/media NEEDS media mediaclient ng net roles TEST_NEEDS support)
