//! Minting and recognising tokens of one epoch.

use aes::{
    Aes128, Block,
    cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit},
};

use super::{CanaryKind, SHORT_BITS, Token, UUID_FIXED, UUID_VALUE};
use crate::key::ScanKey;

/// Makes and recognises the tokens of one epoch.
pub struct Mint {
    cipher: Aes128,
}

impl std::fmt::Debug for Mint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mint(..)")
    }
}

impl Mint {
    /// The mint of an epoch.
    pub fn new(key: &ScanKey) -> Self {
        Self { cipher: Aes128::new(key.bytes().into()) }
    }

    /// The token of this kind that follows from a secret, such as what a copy seed gives for the
    /// name of a canary.
    pub fn token(&self, kind: CanaryKind, secret: &[u8; 32]) -> Token {
        let mut id = [0; 8];
        id.copy_from_slice(&secret[..8]);
        let id = u64::from_be_bytes(id);
        match kind {
            CanaryKind::Short => {
                let mut bits = [0; 16];
                bits.copy_from_slice(&secret[..16]);
                Token::Short(u128::from_be_bytes(bits) >> (128 - SHORT_BITS))
            }
            CanaryKind::Uuid => Token::Full(self.seal_uuid(id)),
            _ => Token::Full(self.seal(id)),
        }
    }

    /// Whether this epoch made the token; never for a short one, which only a table knows.
    pub fn opens(&self, token: Token) -> bool {
        let Token::Full(block) = token else { return false };
        let mut block = Block::from(block.to_be_bytes());
        self.cipher.decrypt_block(&mut block);
        block[8..] == [0; 8]
    }

    /// Decrypts blocks; one that was a token ends in eight zero bytes.
    pub(crate) fn open_all(&self, blocks: &[Block], opened: &mut [Block]) {
        self.cipher
            .decrypt_blocks_b2b(blocks, opened)
            .expect("the caller gives as many blocks as it wants opened");
    }

    /// Six bits of a UUID are fixed: of the ids that differ in the last 16 bits, the block of the
    /// first that has them. One in 64 does, so all fail with chance below 1e-400.
    fn seal_uuid(&self, id: u64) -> u128 {
        /// Blocks sealed at once: a batch costs little more than one and has one with chance 0.63.
        const BATCH: usize = 64;
        let first = id & !0xFFFF;
        for start in (first..=first | 0xFFFF).step_by(BATCH) {
            let mut blocks: [Block; BATCH] = std::array::from_fn(|index| {
                let id = start + u64::try_from(index).unwrap_or(0);
                Block::from((u128::from(id) << 64).to_be_bytes())
            });
            self.cipher.encrypt_blocks(&mut blocks);
            let mut sealed = blocks.iter().map(|block| u128::from_be_bytes((*block).into()));
            if let Some(block) = sealed.find(|block| block & UUID_FIXED == UUID_VALUE) {
                return block;
            }
        }
        self.seal(id)
    }

    fn seal(&self, id: u64) -> u128 {
        let mut block = Block::from((u128::from(id) << 64).to_be_bytes());
        self.cipher.encrypt_block(&mut block);
        u128::from_be_bytes(block.into())
    }
}
