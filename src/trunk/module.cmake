carillon_module(trunk NEEDS agent call dialplan model net sip TEST_NEEDS support)
