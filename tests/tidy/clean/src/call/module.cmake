carillon_module(call NEEDS sip LIBS fmt::fmt TEST_NEEDS store)
