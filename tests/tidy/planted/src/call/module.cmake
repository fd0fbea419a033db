carillon_module(call NEEDS sip store)
