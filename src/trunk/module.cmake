carillon_module(trunk NEEDS agent call dialplan net sip TEST_NEEDS support)
