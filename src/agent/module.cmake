carillon_module(agent NEEDS sip net)
