//! canarymark gives every partner of an early-disclosure programme its own uniquely marked copy of
//! an embargoed security advisory, and traces a leaked sample back to the copy it came from, with
//! an exact bound on the chance of accusing an innocent.
#![warn(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

// What is given out: ids, parts, labels.
pub mod advisory;
// Who gets it.
pub mod recipient;
// The files of an advisory, cut into visible text.
pub mod document;
// What an author declares.
pub mod markup;
// Places with two or more interchangeable wordings.
pub mod slot;
// The rules that find slots.
pub mod carrier;
// Documents with their slots, ready to stamp and to read.
pub mod master;
// A master with a codeword stamped into it.
pub mod copy;
// Leaked bytes under examination.
pub mod sample;
// Which masters a sample comes from.
mod identify;
// What a sample shows at each slot of a master.
pub mod alignment;
// What passes from text to statistics: what a sample shows at each slot.
pub mod reading;
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
// Keys and every derivation.
pub mod key;
// What cannot be undone: commitments to every issuance and intake.
pub mod log;
// What is kept: recipients, masters, words and the log, one transaction a command.
pub mod store;
// A master taken into a programme.
pub mod revision;
// The logged act of giving a recipient its copy.
pub mod issuance;
// A sample taken in and traced.
pub mod intake;
// Power by simulation: collusion attacks and damage.
pub mod simulate;
