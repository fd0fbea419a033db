carillon_module(sdp NEEDS rtp)
