carillon_module(trunk NEEDS agent call dialplan directory model net outbound sip TEST_NEEDS support)
