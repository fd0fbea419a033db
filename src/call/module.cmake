carillon_module(call NEEDS agent trace mediaclient sip sdp journal model directory net ng TEST_NEEDS support)
