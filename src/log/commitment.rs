//! What an ISSUE leaf commits to: the seed, the word and the files of one copy.
//!
//! All three are HMAC-SHA256 under the copy seed. The seed is 128 uniform bits, so the commitments
//! need no salt of their own, and opening the seed opens this copy and no other.

use crate::key::{CopySeed, Label};

/// One file of a copy, as committed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileEntry {
    /// Base name of the file; unique within an advisory.
    pub name: String,
    /// Length in bytes.
    pub length: u64,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
}

/// The three commitments of one ISSUE leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssueCommitments {
    /// Commits to the copy seed.
    pub seed: [u8; 32],
    /// Commits to the codeword.
    pub word: [u8; 32],
    /// Commits to the files as they went out.
    pub copy: [u8; 32],
}

impl IssueCommitments {
    /// Commits to a copy: its seed, the symbols of its word in slot order, its files in any order.
    pub fn new(seed: &CopySeed, symbols: &[u16], files: &[FileEntry]) -> Self {
        let symbols: Vec<u8> = symbols.iter().flat_map(|symbol| symbol.to_be_bytes()).collect();
        let mut files: Vec<&FileEntry> = files.iter().collect();
        files.sort();
        let mut entries = Vec::new();
        for file in files {
            let name = u64::try_from(file.name.len()).expect("a name is shorter than 2^64 bytes");
            entries.extend_from_slice(&name.to_be_bytes());
            entries.extend_from_slice(file.name.as_bytes());
            entries.extend_from_slice(&file.length.to_be_bytes());
            entries.extend_from_slice(&file.sha256);
        }
        Self {
            seed: seed.commitment(Label::SeedCommitment, &[]),
            word: seed.commitment(Label::WordCommitment, &symbols),
            copy: seed.commitment(Label::CopyCommitment, &entries),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, byte: u8) -> FileEntry {
        FileEntry { name: name.to_owned(), length: 10, sha256: [byte; 32] }
    }

    #[test]
    fn the_order_of_files_does_not_matter_and_everything_else_does() {
        let seed = CopySeed::from_bytes([1; 16]);
        let (a, b) = (entry("a.md", 1), entry("b.py", 2));
        let one = IssueCommitments::new(&seed, &[0, 1], &[a.clone(), b.clone()]);
        assert_eq!(one, IssueCommitments::new(&seed, &[0, 1], &[b.clone(), a.clone()]));
        let other_word = IssueCommitments::new(&seed, &[0, 2], &[a.clone(), b]);
        assert_eq!((one.seed, one.copy), (other_word.seed, other_word.copy));
        assert_ne!(one.word, other_word.word);
        assert_ne!(one.copy, IssueCommitments::new(&seed, &[0, 1], std::slice::from_ref(&a)).copy);
        let other_seed = CopySeed::from_bytes([2; 16]);
        let other = IssueCommitments::new(&other_seed, &[0, 1], &[a]);
        assert!(one.seed != other.seed && one.word != other.word);
    }
}
