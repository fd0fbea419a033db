carillon_module(trunk NEEDS agent call dialplan directory journal net sip TEST_NEEDS support)
