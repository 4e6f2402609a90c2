//! Units: stretches of a source document as graphs of tokens.

mod cuts;

use std::{collections::HashMap, hash::BuildHasherDefault, ops::Range};

use super::{super::shingles::Folded, surface};
use crate::{
    carrier::CarrierKind,
    document::{
        Document, Language,
        source::lexer::{Lexed, Token, TokenKind, hash, lex},
    },
    sample::view::index,
    slot::{CanarySlot, Piece, Site, Slot, Variants},
};

/// The most nodes of a unit; beyond it the structure slots in it are unreadable.
const MAX_NODES: usize = 6_000;
/// Tokens that a unit is looked up by where it begins.
pub(super) const START: usize = 5;
/// Tokens that a place in a unit is looked up by.
pub(super) const SEED: usize = 6;
/// The most ways through branches that a run is followed along.
const MAX_WAYS: usize = 12;

/// The shape of a node that is any number of tokens.
pub(super) const ANY: u64 = 0x616E_7900;

/// The hash of no tokens, and one more token.
pub(super) const RUN: u64 = 0x9E37_79B9_7F4A_7C15;

pub(super) fn mix(hash: u64, shape: u64) -> u64 {
    (hash.rotate_left(23) ^ shape).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// A token of the master, in one of the ways that it may stand.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: TokenKind,
    pub(super) shape: u64,
    pub(super) raw: u64,
    /// The slot that the token itself shows, and its site.
    pub(super) slot: Option<(u32, u32)>,
    /// The slot that the white space before it shows.
    pub(super) gap: Option<u32>,
    /// Whether an empty line stands before it in the master; nothing where no line begins, and
    /// where a slot shows it.
    pub(super) empty: Option<bool>,
    /// The innermost branch that it stands on, by index into [`Unit::branches`].
    pub(super) branch: u32,
    /// How many tokens stand before it, about.
    pub(super) offset: u32,
}

/// A variant of a structure slot, with the branch around it.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub(super) around: u32,
    pub(super) slot: u32,
    pub(super) variant: u16,
    /// First and last node of the variant.
    pub(super) nodes: Range<u32>,
    /// Whether another variant is the same but for its names.
    pub(super) named: bool,
}

/// A stretch of a document.
#[derive(Debug, Default)]
pub(super) struct Unit {
    pub(super) nodes: Vec<Node>,
    /// What may follow each node; its own number of nodes stands for the end.
    pub(super) next: Vec<Vec<u32>>,
    pub(super) before: Vec<Vec<u32>>,
    pub(super) first: Vec<u32>,
    /// Branch 0 is no branch.
    pub(super) branches: Vec<Branch>,
    /// Tokens of the master in it.
    pub(super) length: usize,
    /// Variants of token slots by the hash of their bytes.
    texts: HashMap<u64, u16, BuildHasherDefault<Folded>>,
}

impl Unit {
    /// The variant that bytes with this hash are of a token slot.
    pub(super) fn variant(&self, slot: u32, raw: u64) -> Option<u16> {
        self.texts.get(&mix(u64::from(slot), raw)).copied()
    }

    /// Whether a node may be the last.
    pub(super) fn ends(&self, node: u32) -> bool {
        self.next[index(node)].contains(&number(self.nodes.len()))
    }

    /// Every run of so many shapes along the graph, with the node that it begins at.
    pub(super) fn runs(&self, tokens: usize) -> Vec<(u64, u32)> {
        let mut runs = Vec::new();
        for start in 0..self.nodes.len() {
            let start = u32::try_from(start).expect("units are bounded");
            self.runs_from(start, tokens, &mut runs);
        }
        runs
    }

    /// The runs that begin at a node.
    pub(super) fn runs_from(&self, start: u32, tokens: usize, runs: &mut Vec<(u64, u32)>) {
        if self.nodes[index(start)].shape == ANY {
            return;
        }
        let mut ways = vec![(start, mix(RUN, self.nodes[index(start)].shape))];
        for _ in 1..tokens {
            let mut longer = Vec::new();
            for (node, hash) in ways {
                for next in &self.next[index(node)] {
                    let known = self.nodes.get(index(*next)).filter(|node| node.shape != ANY);
                    if known.is_some() && longer.len() < MAX_WAYS {
                        longer.push((*next, mix(hash, self.nodes[index(*next)].shape)));
                    }
                }
            }
            ways = longer;
        }
        runs.extend(ways.into_iter().map(|(_, hash)| (hash, start)));
    }
}

/// Cuts a document into units.
pub(super) fn units(
    file: usize,
    document: &Document,
    language: Language,
    (slots, canaries): (&[Slot], &[CanarySlot]),
    unreadable: &mut Vec<usize>,
) -> Vec<Unit> {
    let text = document.text();
    let Lexed { tokens, comments } = lex(text, language);
    let mut arranged = Vec::new();
    let mut named = HashMap::new();
    let mut gaps = HashMap::new();
    // What other readers read: any tokens may stand there.
    let others = slots.iter().filter(|slot| !slot.carrier.is_source() && slot.is_text());
    let others = others.map(|slot| &slot.sites);
    let others = others.chain(canaries.iter().map(|canary| &canary.sites)).flatten();
    let others = others.filter(|site| site.file == file);
    let mut open: Vec<Range<usize>> = others.map(|site| site.span.clone()).collect();
    open.sort_by_key(|span| (span.start, span.end));
    for (number, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.carrier.is_source()) {
        for (place, site) in slot.sites.iter().enumerate().filter(|(_, s)| s.file == file) {
            match &slot.variants {
                Variants::Arranged(variants) => arranged.push((site, number, variants)),
                _ if surface::is_gap(slot) => {
                    let at = tokens.partition_point(|t| index(t.start) < site.span.end);
                    let _ = gaps.insert(at, number);
                }
                _ => {
                    let found =
                        tokens.binary_search_by_key(&site.span.start, |t| index(t.start)).ok();
                    let before = comments.partition_point(|c| c.end <= site.span.start);
                    // What a comment mentions is written along, and read elsewhere.
                    let mention = slot.carrier == CarrierKind::Names
                        && place_of_token(slot, &tokens).is_some()
                        && comments.get(before).is_some_and(|c| c.start < site.span.start);
                    if mention {
                        continue;
                    }
                    match found.filter(|at| tokens[*at].span() == site.span) {
                        Some(at) if is_told(&site.texts, tokens[at], language) => {
                            named.insert(at, (number, place));
                        }
                        _ => unreadable.push(number),
                    }
                }
            }
        }
    }
    arranged.sort_by_key(|(site, number, _)| {
        (site.span.start, std::cmp::Reverse(site.span.end), *number)
    });
    let source = Source {
        text,
        language,
        tokens: &tokens,
        arranged: &arranged,
        named: &named,
        gaps: &gaps,
        open: &open,
    };
    let mut units = Vec::new();
    for span in cuts::cuts(text, &source) {
        // What stands before the first token is not this unit's.
        unreadable.extend(gaps.get(&span.start));
        let mut builder = Builder { source: &source, slots, unit: Unit::default(), full: false };
        builder.unit.branches.push(Branch {
            around: 0,
            slot: 0,
            variant: 0,
            nodes: 0..0,
            named: false,
        });
        builder.whole(span.clone());
        if builder.full {
            let inside = |site: &Site| {
                span.start < span.end
                    && site.span.start < tokens[span.end - 1].span().end
                    && site.span.end > tokens[span.start].span().start
            };
            let lost = arranged.iter().filter(|(site, _, _)| inside(site));
            unreadable.extend(lost.map(|(_, number, _)| *number));
        }
        units.push(builder.unit);
    }
    units
}

/// A token at which a slot of this file stands.
fn place_of_token(slot: &Slot, tokens: &[Token]) -> Option<usize> {
    let find = |site: &Site| {
        tokens.binary_search_by_key(&site.span.start, |token| index(token.start)).ok()
    };
    slot.sites.iter().find_map(find)
}

/// Whether each text is one token of the same shape, and no two have the same bytes.
fn is_told(texts: &[String], token: Token, language: Language) -> bool {
    let mut known = std::collections::HashSet::new();
    texts.iter().all(|text| {
        let tokens = lex(text, language).tokens;
        let one = matches!(tokens[..], [one] if one.span() == (0..text.len())
            && (one.kind, one.shape) == (token.kind, token.shape));
        one && known.insert(hash(text.as_bytes()))
    })
}

type Arranged<'a> = (&'a Site, usize, &'a Vec<Vec<Piece>>);

struct Source<'a> {
    text: &'a str,
    language: Language,
    tokens: &'a [Token],
    arranged: &'a [Arranged<'a>],
    /// The slot and site of a token.
    named: &'a HashMap<usize, (usize, usize)>,
    /// The slot of the white space before a token.
    gaps: &'a HashMap<usize, usize>,
    /// Bytes that other readers read.
    open: &'a [Range<usize>],
}

impl Source<'_> {
    /// Whether a token touches bytes that other readers read.
    fn is_open(&self, token: Token) -> bool {
        let span = token.span();
        let first = self.open.partition_point(|open| open.end < span.start);
        self.open.get(first).is_some_and(|open| open.start <= span.end)
    }
}

impl Source<'_> {
    /// Whether an empty line stands before a token that begins a line.
    fn empty(&self, at: usize) -> Option<bool> {
        let start = self.tokens[at.checked_sub(1)?].span().end;
        surface::empty(&self.text[start..self.tokens[at].span().start])
    }

    /// Whether two variants are the same but for their names.
    fn is_named(&self, variants: &[Vec<Piece>]) -> bool {
        let shapes = |pieces: &Vec<Piece>| {
            let mut shapes = Vec::new();
            for piece in pieces {
                match piece {
                    Piece::Kept(span) => {
                        let first = self.tokens.partition_point(|t| index(t.start) < span.start);
                        let inside = self.tokens[first..].iter();
                        let inside = inside.take_while(|token| token.span().end <= span.end);
                        shapes.extend(inside.map(|token| token.shape));
                    }
                    Piece::Text(text) => {
                        let tokens = lex(text, self.language).tokens;
                        shapes.extend(tokens.into_iter().map(|token| token.shape));
                    }
                }
            }
            shapes
        };
        let all: Vec<Vec<u64>> = variants.iter().map(shapes).collect();
        (1..all.len()).any(|one| all[..one].contains(&all[one]))
    }
}

struct Builder<'a> {
    source: &'a Source<'a>,
    slots: &'a [Slot],
    unit: Unit,
    full: bool,
}

impl Builder<'_> {
    fn whole(&mut self, span: Range<usize>) {
        self.unit.length = span.len();
        let start = self.source.tokens[span.start].span().start;
        // Signs that are no tokens may stand behind the last, and belong to a slot.
        let next = self.source.tokens.get(span.end);
        let end = next.map_or(self.source.text.len(), |next| next.span().start);
        let ends = self.stretch(start..end, 0, &[], 0);
        let last = number(self.unit.nodes.len());
        for node in ends {
            self.unit.next[index(node)].push(last);
        }
        // Nodes are made in an order in which each follows those before it.
        self.unit.before = vec![Vec::new(); self.unit.nodes.len() + 1];
        for node in 0..self.unit.nodes.len() {
            for next in &self.unit.next[node] {
                self.unit.before[index(*next)].push(number(node));
            }
        }
    }

    /// Adds the tokens of master bytes with the arrangements in them from this one on; returns what
    /// may stand last.
    fn stretch(
        &mut self,
        span: Range<usize>,
        from: usize,
        before: &[u32],
        branch: u32,
    ) -> Vec<u32> {
        let tokens = self.source.tokens;
        let mut ends = before.to_vec();
        let mut at = tokens.partition_point(|token| index(token.start) < span.start);
        let arranged = self.source.arranged;
        let mut slot =
            from + arranged[from..].partition_point(|(s, _, _)| s.span.start < span.start);
        while at < tokens.len() && tokens[at].span().end <= span.end {
            while slot < arranged.len() && arranged[slot].0.span.start < tokens[at].span().start {
                slot += 1;
            }
            let here = arranged.get(slot).filter(|(site, _, _)| {
                site.span.start == tokens[at].span().start && site.span.end <= span.end
            });
            if let (Some((site, number, variants)), false) = (here, self.full) {
                ends = self.branches(slot, *number, variants, &ends, branch);
                at = tokens.partition_point(|token| index(token.start) < site.span.end);
            } else if self.source.is_open(tokens[at]) {
                while at < tokens.len() && self.source.is_open(tokens[at]) {
                    at += 1;
                }
                ends = self.anything(&ends, branch);
            } else {
                ends = self.token(tokens[at], Some(at), &ends, branch);
                at += 1;
            }
        }
        ends
    }

    fn branches(
        &mut self,
        arranged: usize,
        slot: usize,
        variants: &[Vec<Piece>],
        before: &[u32],
        around: u32,
    ) -> Vec<u32> {
        let mut all = Vec::new();
        let named = self.source.is_named(variants);
        for (variant, pieces) in variants.iter().enumerate() {
            let start = number(self.unit.nodes.len());
            let branch = number(self.unit.branches.len());
            self.unit.branches.push(Branch {
                around,
                slot: number(slot),
                variant: u16::try_from(variant).unwrap_or(u16::MAX),
                nodes: start..start,
                named,
            });
            let mut ends = before.to_vec();
            for piece in pieces {
                ends = match piece {
                    Piece::Kept(span) => self.stretch(span.clone(), arranged + 1, &ends, branch),
                    Piece::Text(text) => {
                        let mut ends = ends;
                        for token in lex(text, self.source.language).tokens {
                            let token = Token { raw: hash(text[token.span()].as_bytes()), ..token };
                            ends = self.token(token, None, &ends, branch);
                        }
                        ends
                    }
                };
            }
            self.unit.branches[index(branch)].nodes.end = number(self.unit.nodes.len());
            for end in ends {
                if !all.contains(&end) {
                    all.push(end);
                }
            }
        }
        all
    }

    /// Adds a node that is any number of tokens.
    fn anything(&mut self, before: &[u32], branch: u32) -> Vec<u32> {
        let token = Token { kind: TokenKind::Mark, start: 0, end: 0, shape: ANY, raw: ANY };
        let mut ends = self.token(token, None, before, branch);
        if let Some(node) = ends.first().copied().filter(|_| !self.full) {
            self.unit.next[index(node)].push(node);
            ends.extend(before);
        }
        ends
    }

    fn token(
        &mut self,
        token: Token,
        place: Option<usize>,
        before: &[u32],
        branch: u32,
    ) -> Vec<u32> {
        if self.unit.nodes.len() >= MAX_NODES {
            self.full = true;
            return before.to_vec();
        }
        let node = number(self.unit.nodes.len());
        let slot = place.and_then(|place| self.source.named.get(&place));
        if let Some((slot, site)) = slot {
            let texts = &self.slots[*slot].sites[*site].texts;
            for (variant, text) in texts.iter().enumerate() {
                let variant = u16::try_from(variant).unwrap_or(u16::MAX);
                let key = mix(u64::from(number(*slot)), hash(text.as_bytes()));
                self.unit.texts.insert(key, variant);
            }
        }
        let gap = place.and_then(|place| self.source.gaps.get(&place)).map(|slot| number(*slot));
        let offset = before.first().map_or(0, |before| self.unit.nodes[index(*before)].offset + 1);
        self.unit.nodes.push(Node {
            kind: token.kind,
            shape: token.shape,
            raw: token.raw,
            slot: slot.map(|(slot, site)| (number(*slot), number(*site))),
            gap,
            empty: place.filter(|_| gap.is_none()).and_then(|place| self.source.empty(place)),
            branch,
            offset,
        });
        self.unit.next.push(Vec::new());
        if before.is_empty() {
            self.unit.first.push(node);
        }
        for before in before {
            self.unit.next[index(*before)].push(node);
        }
        vec![node]
    }
}

pub(super) fn number(value: usize) -> u32 {
    u32::try_from(value).expect("documents are bounded")
}
