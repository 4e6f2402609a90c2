//! canarymark gives every partner of an early-disclosure programme its own uniquely marked copy of
//! an embargoed security advisory, and traces a leaked sample back to the copy it came from, with
//! an exact bound on the chance of accusing an innocent.
#![warn(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

// What is given out: ids, parts, revisions, labels.
pub mod advisory;
// Who gets it.
pub mod recipient;
// What passes from text to statistics: what a sample shows at each slot.
pub mod reading;
// Keys and every derivation.
pub mod key;
// What is promised: probabilities in (0, 1).
pub mod probability;
// The fingerprinting code: laws, codebooks, codewords.
pub mod codebook;
// Weights of a reading, and the exact distribution of an innocent's score.
pub mod score;
// Who is accused, with what bound, and who is merely a lead.
pub mod verdict;
// Evidence against a recipient over many incidents.
pub mod suspicion;
// Power by simulation: collusion attacks and damage.
pub mod simulate;
