"""Where the landmarks come from when nobody marked them: the network, the shape of spines, the confidence."""
