carillon_module(agent NEEDS sip net trace TEST_NEEDS support)
