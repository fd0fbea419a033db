carillon_module(pbx NEEDS agent call dialplan directory TEST_NEEDS support)
