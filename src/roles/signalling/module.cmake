carillon_module(roles/signalling NEEDS registrar pbx call agent mediaclient journal billing directory control roles store TEST_NEEDS support)
