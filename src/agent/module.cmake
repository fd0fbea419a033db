carillon_module(agent NEEDS sip sdp net TEST_NEEDS)
