carillon_module(trunk NEEDS agent call dialplan directory model net sip TEST_NEEDS support)
