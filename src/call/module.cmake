carillon_module(call NEEDS agent trace mediaclient dialplan sip sdp rtp journal model directory net ng TEST_NEEDS support)
