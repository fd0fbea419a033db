carillon_module(sip)
