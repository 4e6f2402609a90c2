//! What the log commits to of a codebook.

use ring::digest;

use super::Codebook;

impl Codebook {
    /// SHA-256 over the law and, for each slot, its arity, the variant that symbol 0 means and the
    /// probability of symbol 0; these determine the codebook. Secret: a leaf holds it salted.
    pub fn commitment(&self) -> [u8; 32] {
        let mut context = digest::Context::new(&digest::SHA256);
        let name = self.law.as_str().as_bytes();
        context.update(&[u8::try_from(name.len()).expect("names of laws are short")]);
        context.update(name);
        for (index, slot) in self.slots.iter().enumerate() {
            let offset = u16::try_from(slot.offset).expect("an offset is below the arity");
            for number in [self.arity(index), slot.offset, self.probability(index, offset)] {
                context.update(&number.to_be_bytes());
            }
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.finish().as_ref());
        out
    }
}
