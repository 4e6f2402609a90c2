//! Scores of whole words straight from their keystream, without making the words.
//!
//! A word hits a slot when its draw lies in the interval of the variant read. So each model's score
//! is the sum of its gains over the slots hit, up to a constant. Sixteen slots are one row; a row's
//! sums stay in 16-bit lanes and are widened every [`FLUSH`] rows.

use super::observe::Observed;
use crate::codebook::Interval;

/// Models that one pass can score.
pub(crate) const MODELS: usize = 4;

/// Slots of a row: one 256-bit vector of draws.
const LANES: usize = 16;
/// Rows whose sums fit 16 bits: 32 x 1,000 < 2^15.
const FLUSH: usize = 32;
/// No gain is larger. A hit weighs at most 64 ln 65536 = 710, a miss at least 64 ln 0.02 = -251.
const GREATEST_GAIN: i32 = 1000;

/// The gains of up to four models, laid out for one pass over a keystream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kernel {
    rows: Vec<Row>,
    gains: Vec<[[i16; LANES]; MODELS]>,
    models: usize,
    /// Further intervals of slots that show one of several variants.
    extra: Vec<Extra>,
    slots: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Row {
    start: [u16; LANES],
    width: [u16; LANES],
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
        let rows = slots.div_ceil(LANES);
        let mut kernel = Self {
            rows: vec![Row::default(); rows],
            gains: vec![[[0; LANES]; MODELS]; rows],
            models,
            extra: Vec::new(),
            slots: rows * LANES,
        };
        for (slot, gains) in observed.iter().zip(gains) {
            let (row, lane) = (slot.slot / LANES, slot.slot % LANES);
            let narrow = |value: u32| u16::try_from(value).expect("an interval is not everything");
            for (model, gain) in gains.iter().enumerate() {
                assert!(gain.abs() <= GREATEST_GAIN, "the noise of a model bounds its gains");
                kernel.gains[row][model][lane] = i16::try_from(*gain).expect("bounded above");
            }
            kernel.rows[row].start[lane] = narrow(slot.draws[0].start);
            kernel.rows[row].width[lane] = narrow(slot.draws[0].width);
            for interval in &slot.draws[1..] {
                kernel.extra.push(Extra { slot: slot.slot, interval: *interval, gains: *gains });
            }
        }
        kernel
    }

    /// The number of draws that [`Kernel::sums`] needs.
    pub(crate) fn draws(&self) -> usize {
        self.slots
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
    #[expect(unsafe_code, reason = "the feature is detected one line above")]
    fn dispatch<const M: usize>(&self, stream: &[u8]) -> [i32; MODELS] {
        if is_x86_feature_detected!("avx2") {
            return unsafe { self.wide::<M>(stream) };
        }
        self.pass::<M>(stream)
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn dispatch<const M: usize>(&self, stream: &[u8]) -> [i32; MODELS] {
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
        let mut sums = [[0_i32; LANES]; M];
        let rows = self.rows.chunks(FLUSH).zip(self.gains.chunks(FLUSH));
        for ((rows, gains), bytes) in rows.zip(stream.chunks(2 * LANES * FLUSH)) {
            let mut short = [[0_i16; LANES]; M];
            for ((row, gains), bytes) in
                rows.iter().zip(gains).zip(bytes.as_chunks::<{ 2 * LANES }>().0)
            {
                let mut hit = [0_i16; LANES];
                for lane in 0..LANES {
                    let draw = u16::from_le_bytes([bytes[2 * lane], bytes[2 * lane + 1]]);
                    let inside = draw.wrapping_sub(row.start[lane]) < row.width[lane];
                    hit[lane] = -i16::from(inside);
                }
                for model in 0..M {
                    for lane in 0..LANES {
                        short[model][lane] += gains[model][lane] & hit[lane];
                    }
                }
            }
            for model in 0..M {
                for lane in 0..LANES {
                    sums[model][lane] += i32::from(short[model][lane]);
                }
            }
        }
        let mut totals = [0; MODELS];
        for (total, sums) in totals.iter_mut().zip(&sums) {
            *total = sums.iter().sum();
        }
        totals
    }
}
