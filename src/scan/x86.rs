//! Masks by vector instructions: the tables of `class` in registers.
//!
//! AVX-512 looks 64 bytes up in a table of 128 at once. AVX2 has tables of 16 only: for each class
//! and low half of a byte, the high halves that belong to it are one byte of such a table.

use std::arch::x86_64::*;

use super::{
    class::*,
    gate::{Before, Least},
};

#[inline(always)]
fn word(block: &[u8], at: usize) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&block[8 * at..8 * at + 8]);
    i64::from_le_bytes(bytes)
}

pub(super) mod avx512 {
    use super::*;

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn load(bytes: &[u8]) -> __m512i {
        // Eight words next to each other become one load.
        let word = |at| word(bytes, at);
        _mm512_set_epi64(word(7), word(6), word(5), word(4), word(3), word(2), word(1), word(0))
    }

    /// The class bits of every byte; bytes from 128 on have none.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn look_up(bytes: __m512i, table: &[u8; 256]) -> __m512i {
        let found = _mm512_permutex2var_epi8(load(&table[..64]), bytes, load(&table[64..128]));
        _mm512_maskz_mov_epi8(!_mm512_movepi8_mask(bytes), found)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn mask(found: __m512i, bit: u32) -> u64 {
        _mm512_test_epi8_mask(found, _mm512_set1_epi8((1_u8 << bit).cast_signed()))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn equal(bytes: __m512i, byte: u8) -> u64 {
        _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()))
    }

    /// The masks themselves say it as fast.
    #[inline(always)]
    pub(in crate::scan) fn may_fire(_: &[u8; BLOCK], _: &mut Before, _: Least) -> bool {
        true
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(in crate::scan) fn gate(block: &[u8; BLOCK]) -> GateMasks {
        let found = look_up(load(block), &GATE);
        GateMasks {
            run: mask(found, RUN),
            zero: mask(found, GATE_ZERO),
            first: mask(found, GATE_FIRST),
            hex: mask(found, GATE_HEX),
            equals: mask(found, EQUALS),
            line_end: mask(found, LINE_END),
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(in crate::scan) fn classes(block: &[u8; BLOCK]) -> Masks {
        let bytes = load(block);
        let (class, gate) = (look_up(bytes, &CLASS), look_up(bytes, &GATE));
        let mut masks = Masks {
            letter_a: mask(gate, LETTER_A),
            letter_c_to_h: mask(gate, LETTER_C_TO_H),
            equals: mask(gate, EQUALS),
            line_end: mask(gate, LINE_END),
            dash: equal(bytes, b'-'),
            two: equal(bytes, b'2'),
            letter_d: equal(bytes, b'd') | equal(bytes, b'D'),
            ..Masks::default()
        };
        for (bit, masks) in (0..).zip(&mut masks.class) {
            *masks = mask(class, bit);
        }
        masks
    }
}

pub(super) mod avx2 {
    use super::*;

    /// For each low half of a byte, the high halves whose bytes have a class, one bit each.
    const fn halves(table: &[u8; 256], bit: u32) -> [u8; 16] {
        let mut halves = [0; 16];
        let mut byte = 0;
        while byte < 128 {
            if table[byte] >> bit & 1 == 1 {
                halves[byte & 15] |= 1 << (byte >> 4);
            }
            byte += 1;
        }
        halves
    }

    const fn all_halves(table: &[u8; 256]) -> [[u8; 16]; 8] {
        let mut all = [[0; 16]; 8];
        let mut bit = 0;
        while bit < 8 {
            all[bit] = halves(table, bit as u32);
            bit += 1;
        }
        all
    }

    const CLASS_HALVES: [[u8; 16]; 8] = all_halves(&CLASS);
    const GATE_HALVES: [[u8; 16]; 8] = all_halves(&GATE);

    /// A byte whose bits choose the high half; none from 128 on.
    const HIGH: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];

    #[inline]
    #[target_feature(enable = "avx2")]
    fn twice(table: &[u8; 16]) -> __m256i {
        _mm256_broadcastsi128_si256(_mm_set_epi64x(word(table, 1), word(table, 0)))
    }

    struct Split {
        low: __m256i,
        high: __m256i,
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8]) -> __m256i {
        let word = |at| word(bytes, at);
        _mm256_set_epi64x(word(3), word(2), word(1), word(0))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn split(bytes: __m256i) -> Split {
        let half = _mm256_set1_epi8(15);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), half);
        Split { low: _mm256_and_si256(bytes, half), high: _mm256_shuffle_epi8(twice(&HIGH), high) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn bits(mask: __m256i) -> u64 {
        u64::from(_mm256_movemask_epi8(mask).cast_unsigned())
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn class(split: &Split, halves: &[u8; 16]) -> u64 {
        let found = _mm256_and_si256(_mm256_shuffle_epi8(twice(halves), split.low), split.high);
        // Not a comparison with the high half: that is zero from 128 on.
        !bits(_mm256_cmpeq_epi8(found, _mm256_setzero_si256())) & 0xFFFF_FFFF
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn equal(bytes: __m256i, byte: u8) -> u64 {
        bits(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed())))
    }

    /// The masks themselves say it as fast.
    #[inline(always)]
    pub(in crate::scan) fn may_fire(_: &[u8; BLOCK], _: &mut Before, _: Least) -> bool {
        true
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(in crate::scan) fn gate(block: &[u8; BLOCK]) -> GateMasks {
        let mut masks = GateMasks { run: 0, zero: 0, first: 0, hex: 0, equals: 0, line_end: 0 };
        for half in 0..2 {
            let bytes = load(&block[32 * half..32 * half + 32]);
            let split = split(bytes);
            let shift = 32 * half;
            masks.run |= class(&split, &GATE_HALVES[RUN as usize]) << shift;
            masks.first |= class(&split, &GATE_HALVES[GATE_FIRST as usize]) << shift;
            masks.hex |= class(&split, &GATE_HALVES[GATE_HEX as usize]) << shift;
            masks.zero |= equal(bytes, 0) << shift;
            masks.equals |= equal(bytes, b'=') << shift;
            masks.line_end |= (equal(bytes, b'\n') | equal(bytes, b'\r')) << shift;
        }
        masks
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(in crate::scan) fn classes(block: &[u8; BLOCK]) -> Masks {
        let mut masks = Masks::default();
        for half in 0..2 {
            let bytes = load(&block[32 * half..32 * half + 32]);
            let split = split(bytes);
            let shift = 32 * half;
            for (masks, halves) in masks.class.iter_mut().zip(&CLASS_HALVES) {
                *masks |= class(&split, halves) << shift;
            }
            masks.letter_a |= equal(bytes, b'A') << shift;
            let letters = &GATE_HALVES[LETTER_C_TO_H as usize];
            masks.letter_c_to_h |= class(&split, letters) << shift;
            masks.equals |= equal(bytes, b'=') << shift;
            masks.line_end |= (equal(bytes, b'\n') | equal(bytes, b'\r')) << shift;
            masks.dash |= equal(bytes, b'-') << shift;
            masks.two |= equal(bytes, b'2') << shift;
            masks.letter_d |= (equal(bytes, b'd') | equal(bytes, b'D')) << shift;
        }
        masks
    }
}
