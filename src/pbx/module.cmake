carillon_module(pbx NEEDS agent call dialplan directory journal sip TEST_NEEDS support)
