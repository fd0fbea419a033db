carillon_module(media NEEDS rtp ng net TEST_NEEDS support)
