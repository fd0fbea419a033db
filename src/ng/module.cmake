carillon_module(ng NEEDS rtp)
