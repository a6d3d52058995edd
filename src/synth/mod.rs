//! The synthetic population: each citizen a pure function of seed and index.
