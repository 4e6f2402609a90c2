//! Masks by vector instructions: the tables of `class` in registers.
//!
//! AVX-512 looks 64 bytes up in a table of 128 at once. AVX2 has tables of 16 only: for each class
//! and low half of a byte, the high halves that belong to it are one byte of such a table.

use std::arch::x86_64::*;

use super::{
    class::*,
    gate::{Digits, GROUP, Glance},
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

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(in crate::scan) fn glance(group: &[u8; GROUP], first_digits: u32) -> Glance {
        let wanted = FOURS.map(|four| _mm512_set1_epi32(i32::from_le_bytes(four)));
        let mut now = Glance::default();
        for (index, block) in group.as_chunks::<BLOCK>().0.iter().enumerate() {
            let bytes = load(block);
            let table = [load(&GLANCE[..64]), load(&GLANCE[64..128])];
            let found = _mm512_permutex2var_epi8(table[0], bytes, table[1]);
            // Bytes from 128 on are neither.
            let high = _mm512_and_si512(bytes, _mm512_set1_epi8(i8::MIN));
            let seen = _mm512_or_si512(found, high);
            let fours = _mm512_cmpeq_epi32_mask(seen, wanted[0])
                | _mm512_cmpeq_epi32_mask(seen, wanted[1])
                | _mm512_cmpeq_epi32_mask(seen, wanted[2]);
            now.fours |= u64::from(fours) << (16 * index);
            let from_two = _mm512_sub_epi8(bytes, _mm512_set1_epi8(b'2'.cast_signed()));
            let first = _mm512_cmplt_epu8_mask(from_two, _mm512_set1_epi8(6)).count_ones();
            now.digits |= u32::from(first >= first_digits) << index;
        }
        now
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(in crate::scan) fn digits(block: &[u8; BLOCK]) -> Digits {
        let bytes = load(block);
        let class = look_up(bytes, &CLASS);
        let blank = equal(bytes, b' ') | equal(bytes, b'\t');
        Digits { first: mask(class, FIRST), hex: mask(class, HEX), blank }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(in crate::scan) fn classes(block: &[u8; BLOCK]) -> Masks {
        let bytes = load(block);
        let class = look_up(bytes, &CLASS);
        let from_c = _mm512_sub_epi8(bytes, _mm512_set1_epi8(b'C'.cast_signed()));
        let mut masks = Masks {
            letter_a: equal(bytes, b'A'),
            letter_c_to_h: _mm512_cmplt_epu8_mask(from_c, _mm512_set1_epi8(6)),
            equals: equal(bytes, b'='),
            line_end: equal(bytes, b'\n') | equal(bytes, b'\r'),
            blank: equal(bytes, b' ') | equal(bytes, b'\t'),
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

    /// Of bytes of a run.
    const RUN_HALVES: [u8; 16] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 128 {
            table[byte] = (GLANCE[byte] == OF_RUN) as u8;
            byte += 1;
        }
        halves(&table, 0)
    };

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

    /// Bytes below a bound, seen from another one.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn within(bytes: __m256i, first: u8, count: u8) -> u64 {
        let from_first = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first.cast_signed()));
        let least = _mm256_min_epu8(from_first, _mm256_set1_epi8(count.cast_signed() - 1));
        bits(_mm256_cmpeq_epi8(from_first, least))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(in crate::scan) fn glance(group: &[u8; GROUP], first_digits: u32) -> Glance {
        let wanted = FOURS.map(|four| _mm256_set1_epi32(i32::from_le_bytes(four)));
        let zero = _mm256_setzero_si256();
        let mut now = Glance::default();
        for (index, block) in group.as_chunks::<BLOCK>().0.iter().enumerate() {
            let mut first = 0;
            for half in 0..2 {
                let bytes = load(&block[32 * half..32 * half + 32]);
                let split = split(bytes);
                let run = _mm256_shuffle_epi8(twice(&RUN_HALVES), split.low);
                let no_run = _mm256_cmpeq_epi8(_mm256_and_si256(run, split.high), zero);
                let to_zero = _mm256_set1_epi8((NEITHER ^ IS_ZERO).cast_signed());
                let zeros = _mm256_and_si256(_mm256_cmpeq_epi8(bytes, zero), to_zero);
                let seen = _mm256_xor_si256(no_run, zeros);
                let [run, little, big] = wanted.map(|four| _mm256_cmpeq_epi32(seen, four));
                let full = _mm256_or_si256(_mm256_or_si256(run, little), big);
                let fours = _mm256_movemask_ps(_mm256_castsi256_ps(full)).cast_unsigned();
                now.fours |= u64::from(fours) << (16 * index + 8 * half);
                first += within(bytes, b'2', 6).count_ones();
            }
            now.digits |= u32::from(first >= first_digits) << index;
        }
        now
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(in crate::scan) fn digits(block: &[u8; BLOCK]) -> Digits {
        let mut digits = Digits { first: 0, hex: 0, blank: 0 };
        for half in 0..2 {
            let bytes = load(&block[32 * half..32 * half + 32]);
            let split = split(bytes);
            let shift = 32 * half;
            digits.first |= class(&split, &CLASS_HALVES[FIRST as usize]) << shift;
            digits.hex |= class(&split, &CLASS_HALVES[HEX as usize]) << shift;
            digits.blank |= (equal(bytes, b' ') | equal(bytes, b'\t')) << shift;
        }
        digits
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
            masks.letter_c_to_h |= within(bytes, b'C', 6) << shift;
            masks.equals |= equal(bytes, b'=') << shift;
            masks.line_end |= (equal(bytes, b'\n') | equal(bytes, b'\r')) << shift;
            masks.blank |= (equal(bytes, b' ') | equal(bytes, b'\t')) << shift;
            masks.dash |= equal(bytes, b'-') << shift;
            masks.two |= equal(bytes, b'2') << shift;
            masks.letter_d |= (equal(bytes, b'd') | equal(bytes, b'D')) << shift;
        }
        masks
    }
}
