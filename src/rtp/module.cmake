carillon_module(rtp)
