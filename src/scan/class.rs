//! What each byte may be part of, one bit a class, and the masks of a block of 64 bytes.

use super::gate::{Digits, GROUP, Glance};
use crate::canary::symbol;

/// Bytes of a block.
pub(super) const BLOCK: usize = 64;

// Bits of `CLASS`. Four times base64: character k of a group of four, of which all bytes are text.
pub(super) const BASE32: u32 = 0;
pub(super) const ZERO: u32 = 1;
pub(super) const FIRST: u32 = 2;
pub(super) const HEX: u32 = 3;
pub(super) const BASE64: u32 = 4;

/// What a glance tells of bytes: that they are of a run, zero, or neither.
pub(super) const OF_RUN: u8 = 0;
pub(super) const IS_ZERO: u8 = 1;
pub(super) const NEITHER: u8 = 0xFF;

/// Four bytes of a run, or of one in UTF-16 of either byte order.
pub(super) const FOURS: [[u8; 4]; 3] =
    [[OF_RUN; 4], [OF_RUN, IS_ZERO, OF_RUN, IS_ZERO], [IS_ZERO, OF_RUN, IS_ZERO, OF_RUN]];

/// The classes that the second stage needs.
pub(super) const CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let mut bits = 0;
        if symbol(byte).is_some() {
            bits |= 1 << BASE32;
        }
        if byte == 0 {
            bits |= 1 << ZERO;
        }
        // The first digit of the hexadecimal form of a text character.
        if byte >= b'2' && byte <= b'7' {
            bits |= 1 << FIRST;
        }
        if byte.is_ascii_hexdigit() {
            bits |= 1 << HEX;
        }
        if let Some(value) = base64(byte) {
            bits |= base64_places(value) << BASE64;
        }
        table[byte as usize] = bits;
        byte += 1;
    }
    table
};

/// What the first stage sees in each byte.
pub(super) const GLANCE: [u8; 256] = {
    let mut table = [NEITHER; 256];
    table[0] = IS_ZERO;
    let mut byte = 0_u8;
    while byte < 128 {
        if is_of_run(byte) {
            table[byte as usize] = OF_RUN;
        }
        byte += 1;
    }
    table
};

/// The value of a base32 character; 255 for other bytes.
pub(super) const SYMBOL: [u8; 256] = {
    let mut table = [255; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if let Some(value) = symbol(byte) {
            table[byte as usize] = value;
        }
        byte += 1;
    }
    table
};

/// The value of a hexadecimal digit; 255 for other bytes.
pub(super) const DIGIT: [u8; 256] = {
    let mut table = [255; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if let Some(value) = digit(byte) {
            table[byte as usize] = value;
        }
        byte += 1;
    }
    table
};

/// The value of a base64 or base64url character; 255 for other bytes.
pub(super) const BASE64_VALUE: [u8; 256] = {
    let mut table = [255; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if let Some(value) = base64(byte) {
            table[byte as usize] = value;
        }
        byte += 1;
    }
    table
};

/// Whether a byte may stand in a token.
pub(super) const TEXT: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = is_text(byte);
        byte += 1;
    }
    table
};

/// For each base32 character, bit `(8 - k) % 8` says that it may be character `k` of a group of
/// eight of which all bytes are text; reversed, so that a rotation by the place of the character in
/// the run gives the groupings that it fits.
pub(super) const BASE32_PLACES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if let Some(value) = symbol(byte) {
            let mut text = 0_u8;
            while text < 128 {
                if is_text(text) {
                    // Which five bits of which byte stand in each character of the group.
                    let places = [
                        text >> 3 == value,
                        text >> 6 == value & 3,
                        text >> 1 & 31 == value,
                        text >> 4 == value & 15,
                        value & 1 == 0,
                        text >> 2 & 31 == value,
                        text >> 5 == value & 7,
                        text & 31 == value,
                    ];
                    let mut k = 0;
                    while k < 8 {
                        if places[k] {
                            table[byte as usize] |= 1 << ((8 - k) % 8);
                        }
                        k += 1;
                    }
                }
                text += 1;
            }
        }
        byte += 1;
    }
    table
};

/// Whether a byte may stand in a token in any of its forms.
pub(super) const fn is_text(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// Whether a byte may stand between the first and the last of a token that is written in a row:
/// text, which has the other characters of base64 in neither alphabet, line ends and soft breaks.
const fn is_of_run(byte: u8) -> bool {
    is_text(byte) || matches!(byte, b'=' | b'\n' | b'\r')
}

/// The value of a base64 or base64url character.
pub(super) const fn base64(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// The value of a hexadecimal digit.
pub(super) const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

const fn base64_places(value: u8) -> u8 {
    let mut places = 0;
    let mut text = 0_u8;
    while text < 128 {
        if is_text(text) {
            if text >> 2 == value {
                places |= 1;
            }
            if text >> 4 == value & 15 {
                places |= 2;
            }
            if text >> 6 == value & 3 {
                places |= 4;
            }
            if text & 63 == value {
                places |= 8;
            }
        }
        text += 1;
    }
    places
}

/// One bit a byte of a block for each class of `CLASS`, and some more.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Masks {
    pub(super) class: [u64; 8],
    pub(super) letter_a: u64,
    pub(super) letter_c_to_h: u64,
    pub(super) equals: u64,
    pub(super) line_end: u64,
    pub(super) blank: u64,
    pub(super) dash: u64,
    /// The digit 2, of which only `2d` is a character of text, and the letter d.
    pub(super) two: u64,
    pub(super) letter_d: u64,
}

/// The top bit of each byte of a mask whose eight bits are all set.
#[inline(always)]
pub(super) const fn full(mask: u64) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    ((mask & LOW) + 0x0101_0101_0101_0101) & mask & 0x8080_8080_8080_8080
}

/// Portable masks: a table look-up a byte.
pub(super) mod portable {
    use super::*;

    /// One in each byte.
    const EACH: u64 = 0x0101_0101_0101_0101;

    #[inline(always)]
    fn look_up(block: &[u8; BLOCK], table: &[u8; 256]) -> [u64; 8] {
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(bytes.map(|byte| table[usize::from(byte)]));
        }
        words
    }

    /// The bits of one class, byte 0 lowest.
    #[inline(always)]
    fn mask(words: &[u64; 8], bit: u32) -> u64 {
        let mut mask = 0;
        for (index, word) in words.iter().enumerate() {
            // The product gathers the lowest bit of every byte in the top byte.
            let bits = (word >> bit & EACH).wrapping_mul(0x0102_0408_1020_4080);
            mask |= (bits >> 56) << (8 * index);
        }
        mask
    }

    /// By comparisons and sums, of which compilers make vector instructions where a machine has any.
    #[inline(always)]
    pub(in crate::scan) fn glance(group: &[u8; GROUP], first_digits: u32) -> Glance {
        let between = |byte: u8, first: u8, count: u8| byte.wrapping_sub(first) < count;
        let mut now = Glance::default();
        for (index, block) in group.as_chunks::<BLOCK>().0.iter().enumerate() {
            let seen = block.map(|byte| {
                let of_run = between(byte | 0x20, b'a', 26)
                    | between(byte, b'0', 10)
                    | (byte == b'-')
                    | (byte == b'=')
                    | (byte == b'\n')
                    | (byte == b'\r');
                let zero = if byte == 0 { NEITHER ^ IS_ZERO } else { 0 };
                (if of_run { OF_RUN } else { NEITHER }) ^ zero
            });
            for (four, bytes) in seen.as_chunks::<4>().0.iter().enumerate() {
                let is_full = FOURS.iter().fold(false, |any, wanted| any | (bytes == wanted));
                now.fours |= u64::from(is_full) << (16 * index + four);
            }
            let first: u8 = block.map(|byte| u8::from(between(byte, b'2', 6))).iter().sum();
            now.digits |= u32::from(u32::from(first) >= first_digits) << index;
        }
        now
    }

    #[inline(always)]
    pub(in crate::scan) fn digits(block: &[u8; BLOCK]) -> Digits {
        let class = look_up(block, &CLASS);
        let blank = equal(block, b' ', 0) | equal(block, b'\t', 0);
        Digits { first: mask(&class, FIRST), hex: mask(&class, HEX), blank }
    }

    /// The bytes that are this one, with a bit set in them beforehand.
    #[inline(always)]
    fn equal(block: &[u8; BLOCK], wanted: u8, case: u8) -> u64 {
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<8>().0) {
            let bytes = u64::from_le_bytes(*bytes);
            // Bytes that are zero in the difference, 1 for each.
            let left = (bytes | (EACH * u64::from(case))) ^ (EACH * u64::from(wanted));
            *word = !(((left & (EACH * 0x7F)) + EACH * 0x7F) | left) >> 7;
        }
        mask(&words, 0)
    }

    #[inline(always)]
    pub(in crate::scan) fn classes(block: &[u8; BLOCK]) -> Masks {
        let class = look_up(block, &CLASS);
        let equal = |wanted, case| equal(block, wanted, case);
        Masks {
            class: std::array::from_fn(|bit| mask(&class, bit as u32)),
            letter_a: equal(b'A', 0),
            letter_c_to_h: (b'C'..=b'H').fold(0, |all, letter| all | equal(letter, 0)),
            equals: equal(b'=', 0),
            line_end: equal(b'\n', 0) | equal(b'\r', 0),
            blank: equal(b' ', 0) | equal(b'\t', 0),
            dash: equal(b'-', 0),
            two: equal(b'2', 0),
            letter_d: equal(b'd', 0x20),
        }
    }
}
