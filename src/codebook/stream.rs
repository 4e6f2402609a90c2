//! The keystream behind all draws: AES-128 in counter mode from a zero counter, read as 16-bit
//! little-endian numbers.

use aes::Aes128;
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};

/// A keystream buffer that is used again from word to word.
#[derive(Debug, Default)]
pub(crate) struct Buffer(Vec<u8>);

impl Buffer {
    /// The first `count` draws under a key.
    pub(crate) fn fill(&mut self, key: &[u8; 16], count: usize) -> impl Iterator<Item = u16> {
        self.fill_bytes(key, count)
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
    }

    /// The first `count` draws under a key, two little-endian bytes each.
    pub(crate) fn fill_bytes(&mut self, key: &[u8; 16], count: usize) -> &[u8] {
        self.0.resize(2 * count, 0);
        Ctr128BE::<Aes128>::new(key.into(), &[0; 16].into()).write_keystream(&mut self.0);
        &self.0
    }
}

/// The first `count` draws under a key.
pub(crate) fn draws(key: &[u8; 16], count: usize) -> Vec<u16> {
    Buffer::default().fill(key, count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_aes_128_of_a_counter() {
        // FIPS 197 has no all-zero vector; this is AES-128(0, 0) of NIST SP 800-38A style tests,
        // 66e94bd4ef8a2c3b884cfa59ca342b2e.
        let found = draws(&[0; 16], 9);
        assert_eq!(found[..8], [0xe966, 0xd44b, 0x8aef, 0x3b2c, 0x4c88, 0x59fa, 0x34ca, 0x2e2b]);
        // A longer stream begins with the shorter one.
        assert_eq!(draws(&[0; 16], 8), found[..8]);
    }
}
