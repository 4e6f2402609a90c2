//! The keystream behind all draws: AES-128 in counter mode from a zero counter, read as 16-bit
//! little-endian numbers.

use aes::{
    Aes128, Block,
    cipher::{Array, BlockCipherEncrypt, KeyInit},
};

/// Draws in one block of the cipher.
const DRAWS: usize = 8;

/// A keystream buffer that is used again from word to word.
///
/// Counter mode written out: the counters stay, and one call encrypts all of them. The `ctr` crate
/// gives the same bytes at half the speed, since it makes counters and copies blocks for each word.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    counters: Vec<Block>,
    blocks: Vec<Block>,
}

impl Buffer {
    /// The first `count` draws under a key.
    pub(crate) fn fill(&mut self, key: &[u8; 16], count: usize) -> impl Iterator<Item = u16> {
        self.fill_bytes(key, count).as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair))
    }

    /// The first `count` draws under a key, two little-endian bytes each.
    pub(crate) fn fill_bytes(&mut self, key: &[u8; 16], count: usize) -> &[u8] {
        let blocks = count.div_ceil(DRAWS);
        if self.counters.len() != blocks {
            let counter = |index: usize| {
                let index = u128::try_from(index).expect("a count fits 128 bits");
                Block::from(index.to_be_bytes())
            };
            self.counters = (0..blocks).map(counter).collect();
            self.blocks = self.counters.clone();
        }
        Aes128::new(key.into())
            .encrypt_blocks_b2b(&self.counters, &mut self.blocks)
            .expect("as many blocks as counters");
        &Array::cast_slice_to_core(&self.blocks).as_flattened()[..2 * count]
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

    #[test]
    fn the_stream_is_counter_mode() {
        use ctr::cipher::{KeyIvInit, StreamCipher};
        for count in [1, 8, 300, 2048, 2049] {
            let mut bytes = vec![0; 2 * count];
            let mut stream = ctr::Ctr128BE::<Aes128>::new(&[9; 16].into(), &[0; 16].into());
            stream.apply_keystream(&mut bytes);
            assert_eq!(Buffer::default().fill_bytes(&[9; 16], count), bytes);
        }
    }
}
