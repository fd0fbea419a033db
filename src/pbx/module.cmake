carillon_module(pbx NEEDS agent call dialplan directory journal TEST_NEEDS support)
