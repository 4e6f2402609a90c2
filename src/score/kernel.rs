//! Scores of whole words straight from their keystream, without making the words.
//!
//! A word hits a slot when its draw lies in the interval of the variant read. So each model's score
//! is the sum of its gains over the slots hit, up to a constant. Slots are taken in blocks: first
//! the hits of a block, then one sum of products per model, both plain loops over flat tables that
//! compilers turn into vector instructions.

use super::observe::Observed;
use crate::codebook::Interval;

/// Models that one pass can score.
pub(crate) const MODELS: usize = 4;

/// Slots of a block: its hits and tables stay in the first-level cache.
const BLOCK: usize = 512;
/// No gain is larger. A hit weighs at most 64 ln 65536 = 710, a miss at least 64 ln 0.02 = -251.
const GREATEST_GAIN: i32 = 1000;

/// The gains of up to four models, laid out for one pass over a keystream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kernel {
    starts: Vec<u16>,
    widths: Vec<u16>,
    gains: [Vec<i16>; MODELS],
    models: usize,
    /// Further intervals of slots that show one of several variants.
    extra: Vec<Extra>,
}

#[derive(Debug, Clone, Copy)]
struct Extra {
    slot: usize,
    interval: Interval,
    gains: [i32; MODELS],
}

impl Kernel {
    /// A kernel for these slots; `gains[i]` are the gains of slot `observed[i]`, one per model.
    pub(crate) fn new(observed: &[&Observed], gains: &[[i32; MODELS]], models: usize) -> Self {
        let slots = observed.iter().map(|slot| slot.slot + 1).max().unwrap_or(0);
        let mut kernel = Self {
            starts: vec![0; slots],
            widths: vec![0; slots],
            gains: std::array::from_fn(|_| vec![0; slots]),
            models,
            extra: Vec::new(),
        };
        for (slot, gains) in observed.iter().zip(gains) {
            let narrow = |value: u32| u16::try_from(value).expect("an interval is not everything");
            for (table, gain) in kernel.gains.iter_mut().zip(gains) {
                assert!(gain.abs() <= GREATEST_GAIN, "the noise of a model bounds its gains");
                table[slot.slot] = i16::try_from(*gain).expect("bounded above");
            }
            kernel.starts[slot.slot] = narrow(slot.draws[0].start);
            kernel.widths[slot.slot] = narrow(slot.draws[0].width);
            for interval in &slot.draws[1..] {
                kernel.extra.push(Extra { slot: slot.slot, interval: *interval, gains: *gains });
            }
        }
        kernel
    }

    /// The number of draws that [`Kernel::sums`] needs.
    pub(crate) fn draws(&self) -> usize {
        self.starts.len()
    }

    /// The sums of gains over the slots hit, one per model.
    pub(crate) fn sums(&self, stream: &[u8]) -> [i32; MODELS] {
        let mut sums = match self.models {
            0 | 1 => self.dispatch::<1>(stream),
            2 => self.dispatch::<2>(stream),
            3 => self.dispatch::<3>(stream),
            _ => self.dispatch::<4>(stream),
        };
        for extra in &self.extra {
            let pair = [stream[2 * extra.slot], stream[2 * extra.slot + 1]];
            let draw = u32::from(u16::from_le_bytes(pair));
            let Interval { start, width } = extra.interval;
            if (start..start + width).contains(&draw) {
                for (sum, gain) in sums.iter_mut().zip(&extra.gains) {
                    *sum += gain;
                }
            }
        }
        sums
    }

    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "each feature is detected one line above its use")]
    fn dispatch<const M: usize>(&self, stream: &[u8]) -> [i32; MODELS] {
        if is_x86_feature_detected!("avx512bw") {
            return unsafe { self.widest::<M>(stream) };
        }
        if is_x86_feature_detected!("avx2") {
            return unsafe { self.wide::<M>(stream) };
        }
        self.pass::<M>(stream)
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn dispatch<const M: usize>(&self, stream: &[u8]) -> [i32; MODELS] {
        self.pass::<M>(stream)
    }

    /// The same pass, compiled for 512-bit vectors.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn widest<const M: usize>(&self, stream: &[u8]) -> [i32; MODELS] {
        self.pass::<M>(stream)
    }

    /// The same pass, compiled for 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn wide<const M: usize>(&self, stream: &[u8]) -> [i32; MODELS] {
        self.pass::<M>(stream)
    }

    #[inline(always)]
    fn pass<const M: usize>(&self, stream: &[u8]) -> [i32; MODELS] {
        let mut sums = [0_i32; MODELS];
        let mut hits = [0_i16; BLOCK];
        let tables = self.starts.chunks(BLOCK).zip(self.widths.chunks(BLOCK));
        for (block, ((starts, widths), bytes)) in tables.zip(stream.chunks(2 * BLOCK)).enumerate() {
            let hits = &mut hits[..starts.len()];
            let draws = bytes.as_chunks::<2>().0;
            for (((hit, draw), start), width) in hits.iter_mut().zip(draws).zip(starts).zip(widths)
            {
                *hit = i16::from(u16::from_le_bytes(*draw).wrapping_sub(*start) < *width);
            }
            for (sum, gains) in sums[..M].iter_mut().zip(&self.gains) {
                let gains = &gains[block * BLOCK..];
                // A product of 16-bit numbers summed in 32 bits is one instruction for 16 slots.
                let product = |(hit, gain): (&i16, &i16)| i32::from(*hit) * i32::from(*gain);
                *sum += hits.iter().zip(gains).map(product).sum::<i32>();
            }
        }
        sums
    }
}
