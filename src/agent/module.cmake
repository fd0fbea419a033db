carillon_module(agent NEEDS sip net TEST_NEEDS support)
