//! A table of places by the hash of the words there.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Where runs of words begin, by their hash. The hash is mixed already and only folded; a sample can
/// look up, never add, so it cannot fill one place of the table.
pub(super) type Shingles = HashMap<u64, Vec<u32>, BuildHasherDefault<Folded>>;

/// A hasher of what is a hash already.
#[derive(Debug, Default)]
pub(super) struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(self.0.rotate_left(8) ^ u64::from(*byte)));
    }

    fn write_u64(&mut self, hash: u64) {
        // The low bits of a product are weak.
        self.0 = hash ^ (hash >> 32);
    }
}
