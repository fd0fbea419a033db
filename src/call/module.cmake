carillon_module(call NEEDS agent mediaclient sip sdp journal model directory net ng TEST_NEEDS support)
