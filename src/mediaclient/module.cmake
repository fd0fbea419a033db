carillon_module(mediaclient NEEDS ng net TEST_NEEDS media support)
