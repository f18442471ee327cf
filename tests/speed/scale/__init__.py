"""What captions cost by the million: a plan on paper, its measurements, and a simulation of the engine."""
