carillon_module(sdp)
