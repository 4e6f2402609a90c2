//! What leakers do, for planning and tests.

// What happens to a text between a copy and a sample.
pub mod damage;
