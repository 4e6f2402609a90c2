//! What each byte may be part of, one bit a class, and the masks of a block of 64 bytes.

use super::gate::{Before, Least};
use crate::canary::symbol;

/// Bytes of a block.
pub(super) const BLOCK: usize = 64;

// Bits of `CLASS`. Four times base64: character k of a group of four, of which all bytes are text.
pub(super) const BASE32: u32 = 0;
pub(super) const ZERO: u32 = 1;
pub(super) const FIRST: u32 = 2;
pub(super) const HEX: u32 = 3;
pub(super) const BASE64: u32 = 4;

// Bits of `GATE`.
pub(super) const RUN: u32 = 0;
pub(super) const GATE_FIRST: u32 = 1;
pub(super) const GATE_HEX: u32 = 2;
pub(super) const EQUALS: u32 = 3;
pub(super) const LINE_END: u32 = 4;
pub(super) const GATE_ZERO: u32 = 5;
pub(super) const LETTER_A: u32 = 6;
pub(super) const LETTER_C_TO_H: u32 = 7;

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

/// The classes that the first stage needs.
pub(super) const GATE: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let mut bits = 0;
        // Base64 of text has none of its other characters, in either alphabet.
        if is_text(byte) {
            bits |= 1 << RUN;
        }
        bits |= (CLASS[byte as usize] >> FIRST & 1) << GATE_FIRST;
        bits |= (CLASS[byte as usize] >> HEX & 1) << GATE_HEX;
        match byte {
            b'=' => bits |= 1 << EQUALS,
            b'\n' | b'\r' => bits |= 1 << LINE_END,
            0 => bits |= 1 << GATE_ZERO,
            b'A' => bits |= 1 << LETTER_A,
            b'C'..=b'H' => bits |= 1 << LETTER_C_TO_H,
            _ => {}
        }
        table[byte as usize] = bits;
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
    pub(super) dash: u64,
    /// The digit 2, of which only `2d` is a character of text, and the letter d.
    pub(super) two: u64,
    pub(super) letter_d: u64,
}

/// The masks of the first stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct GateMasks {
    pub(super) run: u64,
    pub(super) zero: u64,
    pub(super) first: u64,
    pub(super) hex: u64,
    pub(super) equals: u64,
    pub(super) line_end: u64,
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

    /// Whether the first stage can fire at all, by comparisons of which compilers make vector
    /// instructions where a machine has any. If not, `before` is what the block leaves.
    #[inline(always)]
    pub(in crate::scan) fn may_fire(
        block: &[u8; BLOCK],
        before: &mut Before,
        least: Least,
    ) -> bool {
        /// Every second byte is zero.
        const WIDE: [u64; 2] = [0xFF00_FF00_FF00_FF00, 0x00FF_00FF_00FF_00FF];
        let between = |byte: u8, first: u8, count: u8| byte.wrapping_sub(first) < count;
        let flag = |is: bool| if is { 0xFF } else { 0 };
        let run = block.map(|byte| {
            let is_letter = between(byte | 0x20, b'a', 26);
            flag(is_letter | between(byte, b'0', 10) | (byte == b'-'))
        });
        let zero = block.map(|byte| flag(byte == 0));
        let first: u8 = block.map(|byte| u8::from(between(byte, b'2', 6))).iter().sum();
        let end = block.map(|byte| flag((byte == b'\n') | (byte == b'\r')));
        let equals = block.iter().fold(0, |any, byte| any | flag(*byte == b'='));
        let (mut fours, mut ends) = (0, 0);
        for (index, (run, end)) in run.as_chunks::<4>().0.iter().zip(end.as_chunks().0).enumerate()
        {
            fours |= u64::from(u32::from_ne_bytes(*run) == u32::MAX) << (4 * index);
            ends |= u64::from(u32::from_ne_bytes(*end) != 0) << (4 * index);
        }
        let wide = zero.as_chunks::<8>().0.iter().fold(false, |any, word| {
            let word = u64::from_le_bytes(*word);
            any | (word == WIDE[0]) | (word == WIDE[1])
        });
        if wide || u32::from(first) >= least.first_digits {
            return true;
        }
        if equals != 0 {
            let is_end = |byte: Option<&u8>| byte.is_none_or(|byte| matches!(byte, b'\n' | b'\r'));
            let mut places = block.iter().enumerate();
            if places.any(|(at, byte)| *byte == b'=' && is_end(block.get(at + 1))) {
                return true;
            }
        }
        // If so, the first stage starts again from what was before.
        let mut behind = *before;
        if behind.run(fours, ends, least.has_short) {
            return true;
        }
        *before = behind;
        false
    }

    #[inline(always)]
    pub(in crate::scan) fn gate(block: &[u8; BLOCK]) -> GateMasks {
        let words = look_up(block, &GATE);
        GateMasks {
            run: mask(&words, RUN),
            zero: mask(&words, GATE_ZERO),
            first: mask(&words, GATE_FIRST),
            hex: mask(&words, GATE_HEX),
            equals: mask(&words, EQUALS),
            line_end: mask(&words, LINE_END),
        }
    }

    #[inline(always)]
    pub(in crate::scan) fn classes(block: &[u8; BLOCK]) -> Masks {
        let (class, gate) = (look_up(block, &CLASS), look_up(block, &GATE));
        let words: [u64; 8] =
            std::array::from_fn(|at| u64::from_le_bytes(block.as_chunks::<8>().0[at]));
        // Bytes that are zero in the difference, 1 for each.
        let equal = |wanted: u8, case: u8| {
            let equal = words.map(|word| {
                let word = (word | (EACH * u64::from(case))) ^ (EACH * u64::from(wanted));
                !(((word & (EACH * 0x7F)) + EACH * 0x7F) | word) >> 7
            });
            mask(&equal, 0)
        };
        Masks {
            class: std::array::from_fn(|bit| mask(&class, bit as u32)),
            letter_a: mask(&gate, LETTER_A),
            letter_c_to_h: mask(&gate, LETTER_C_TO_H),
            equals: mask(&gate, EQUALS),
            line_end: mask(&gate, LINE_END),
            dash: equal(b'-', 0),
            two: equal(b'2', 0),
            letter_d: equal(b'd', 0x20),
        }
    }
}
