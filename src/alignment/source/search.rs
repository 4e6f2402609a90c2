//! Following a unit through the tokens of a sample: exactly, or as nearly as can be.

use super::graph::{ANY, Node, Unit};
use crate::{document::source::lexer::Token, sample::view::index};

/// A way through a unit: nodes with the tokens that they are.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    /// Pairs of node and token, in order.
    pub(super) pairs: Vec<(u32, u32)>,
    /// One past the last token.
    pub(super) end: usize,
    /// Nodes on the way, with and without a token.
    pub(super) visited: Vec<u32>,
    /// Whether every token is written as in some copy.
    pub(super) raw_agrees: bool,
    /// Tokens written alike that no slot shows.
    pub(super) alike: usize,
}

/// The most ways followed at once.
const MAX_WAYS: usize = 64;

fn fits(unit: &Unit, node: u32, token: &Token) -> bool {
    let shape = unit.nodes[index(node)].shape;
    shape == token.shape || shape == ANY
}

/// Whether a token is written as some copy writes it.
pub(super) fn agrees(unit: &Unit, node: &Node, token: &Token) -> bool {
    match node.slot {
        None if node.shape == ANY => true,
        Some((slot, _)) => unit.variant(slot, token.raw).is_some(),
        None => node.raw == token.raw,
    }
}

/// A way that is being followed: its last node, the step that took it there, and its tokens that are
/// written as some copy writes them, of those also the ones that no slot shows.
#[derive(Clone, Copy)]
struct Way {
    node: u32,
    step: u32,
    alike: u32,
    own: u32,
}

impl Way {
    const NONE: Self = Self { node: u32::MAX, step: u32::MAX, alike: 0, own: 0 };

    /// The way that goes on to a node with a token, and no step for it yet.
    fn to(self, unit: &Unit, node: u32, token: &Token) -> Self {
        let here = &unit.nodes[index(node)];
        let agree = agrees(unit, here, token);
        let own = agree && here.slot.is_none();
        Self { node, alike: self.alike + u32::from(agree), own: self.own + u32::from(own), ..self }
    }
}

/// Keeps a way, unless as good a one goes to the same node.
fn keep(way: Way, next: &mut Vec<Way>, steps: &mut Vec<(u32, u32)>) {
    let known = next.iter().position(|known| known.node == way.node);
    if known.map_or(next.len() >= MAX_WAYS, |known| next[known].alike >= way.alike) {
        return;
    }
    steps.push((way.node, way.step));
    let way = Way { step: super::graph::number(steps.len() - 1), ..way };
    match known {
        Some(known) => next[known] = way,
        None => next.push(way),
    }
}

/// What a walk may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passes {
    /// Tokens of the shapes that the unit has.
    Shapes,
    /// Only tokens that are written as some copy writes them.
    Copies,
}

/// Follows a unit from a token on, shape by shape to its end. Of ways of the same shape, that which
/// is written most alike is taken.
pub(super) fn walk(unit: &Unit, tokens: &[Token], start: usize, passes: Passes) -> Option<Walk> {
    // Each step keeps, for every node reached, where it came from.
    let mut steps: Vec<(u32, u32)> = Vec::with_capacity(unit.length + 8);
    let end_node = super::graph::number(unit.nodes.len());
    let mut done: Option<(Way, usize)> = None;
    let mut now = vec![Way::NONE];
    let mut next: Vec<Way> = Vec::new();
    let mut at = start;
    while !now.is_empty() {
        next.clear();
        for way in &now {
            let followers = if at == start { &unit.first } else { &unit.next[index(way.node)] };
            for follower in followers {
                if *follower == end_node {
                    if done.is_none_or(|(known, end)| end < at || known.alike < way.alike) {
                        done = Some((*way, at));
                    }
                    continue;
                }
                let Some(token) = tokens.get(at).filter(|token| fits(unit, *follower, token))
                else {
                    continue;
                };
                let to = way.to(unit, *follower, token);
                if passes == Passes::Copies && to.alike == way.alike {
                    continue;
                }
                keep(to, &mut next, &mut steps);
            }
        }
        std::mem::swap(&mut now, &mut next);
        at += 1;
    }
    let (Way { mut step, alike, own, .. }, end) = done?;
    let mut pairs = Vec::with_capacity(end - start);
    let mut token = end;
    while step != u32::MAX {
        token -= 1;
        let (node, before) = steps[index(step)];
        pairs.push((node, super::graph::number(token)));
        step = before;
    }
    pairs.reverse();
    let visited = pairs.iter().map(|(node, _)| *node).collect();
    let raw_agrees = index(alike) == pairs.len();
    Some(Walk { visited, raw_agrees, alike: index(own), pairs, end })
}

/// At which side of a unit the sample goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The sample begins inside the unit.
    Start,
    /// The sample ends inside the unit.
    End,
}

/// Follows a unit as [`walk`] does, but only as far as there are tokens: from its first node on from
/// this token to the last of the sample, or from its last node back from the token before this one
/// to the first. Nothing if the unit ends sooner.
pub(super) fn cut(unit: &Unit, tokens: &[Token], at: usize, side: Side) -> Option<Walk> {
    let span = if side == Side::End { at..tokens.len() } else { 0..at };
    // More tokens than the unit has in all its forms are some other text.
    if span.is_empty() || span.len() > unit.nodes.len() {
        return None;
    }
    let mut way: Vec<usize> = span.collect();
    if side == Side::Start {
        way.reverse();
    }
    let mut steps: Vec<(u32, u32)> = Vec::with_capacity(way.len() + 8);
    let mut now: Vec<Way> = Vec::new();
    let last = super::graph::number(unit.nodes.len());
    for (count, token) in way.iter().map(|at| &tokens[*at]).enumerate() {
        let mut next: Vec<Way> = Vec::new();
        let mut reach = |node: u32, from: Option<&Way>, steps: &mut Vec<(u32, u32)>| {
            if node == last || !fits(unit, node, token) {
                return;
            }
            let to = from.copied().unwrap_or(Way::NONE).to(unit, node, token);
            keep(to, &mut next, steps);
        };
        if count == 0 {
            let first = if side == Side::End { &unit.first } else { &unit.before[index(last)] };
            first.iter().for_each(|node| reach(*node, None, &mut steps));
        }
        for way in &now {
            let on = if side == Side::End { &unit.next } else { &unit.before };
            on[index(way.node)].iter().for_each(|node| reach(*node, Some(way), &mut steps));
        }
        now = next;
    }
    let best = now.iter().max_by_key(|way| (way.alike, std::cmp::Reverse(way.node)))?;
    let mut pairs = Vec::with_capacity(way.len());
    let mut step = best.step;
    for token in way.iter().rev() {
        let (node, before) = steps[index(step)];
        pairs.push((node, super::graph::number(*token)));
        step = before;
    }
    if side == Side::End {
        pairs.reverse();
    }
    let end = pairs.last().map_or(at, |(_, token)| index(*token) + 1);
    Some(finish(unit, tokens, pairs, end))
}

fn finish(unit: &Unit, tokens: &[Token], pairs: Vec<(u32, u32)>, end: usize) -> Walk {
    let mut raw_agrees = true;
    let mut alike = 0;
    for (node, token) in &pairs {
        let (node, token) = (&unit.nodes[index(*node)], &tokens[index(*token)]);
        let agree = agrees(unit, node, token);
        raw_agrees &= agree;
        alike += usize::from(agree && node.slot.is_none());
    }
    let visited = pairs.iter().map(|(node, _)| *node).collect();
    Walk { pairs, end, visited, raw_agrees, alike }
}

// Worth of a pair, by how much it says, and cost of a token that has no partner, or another one.
const SAME: i32 = 4;
/// A name that a slot holds, and that no copy has.
const NAME: i32 = 2;
/// Some other name or value, in another form.
const OTHER: i32 = 1;
const SKIP: i32 = -2;
/// A token where any may stand.
const ANYTHING: i32 = 1;
/// The largest table of a search, in cells.
const MAX_CELLS: usize = 4 << 20;

/// The best partial way of a unit through these tokens, if it is worth anything.
pub(super) fn search(
    unit: &Unit,
    tokens: &[Token],
    window: std::ops::Range<usize>,
) -> Option<Walk> {
    let columns = window.len() + 1;
    let rows = unit.nodes.len();
    if rows * columns > MAX_CELLS || window.is_empty() {
        return None;
    }
    // A cell is the best worth of a way that ends with this node and this many tokens. How it came:
    // 0 begins here, 1 skips a token; then two codes a predecessor: pair and skipped node.
    let mut worth = vec![0_i32; rows * columns];
    let mut came = vec![0_u8; rows * columns];
    let mut best = (0_i32, 0_usize);
    for node in 0..rows {
        let before = &unit.before[node];
        for column in 1..columns {
            let token = &tokens[window.start + column - 1];
            let pair = pair_worth(unit, node, token);
            let mut here = (pair.max(0), if pair > 0 { 2 } else { 0_u8 });
            for (number, from) in before.iter().enumerate().take(120) {
                let row = index(*from) * columns;
                let code = u8::try_from(4 + 2 * number).unwrap_or(u8::MAX);
                // Something else may stand in its place.
                let value = worth[row + column - 1] + pair;
                if value > here.0 {
                    here = (value, code);
                }
                let value = worth[row + column] + SKIP;
                if value > here.0 {
                    here = (value, code + 1);
                }
            }
            let value = worth[node * columns + column - 1] + SKIP;
            if value > here.0 {
                here = (value, 1);
            }
            let cell = node * columns + column;
            worth[cell] = here.0;
            came[cell] = here.1;
            if here.0 > best.0 {
                best = (here.0, cell);
            }
        }
    }
    if best.0 <= 0 {
        return None;
    }
    let mut pairs = Vec::new();
    let mut visited = Vec::new();
    let (mut node, mut column) = (best.1 / columns, best.1 % columns);
    let end = window.start + column;
    loop {
        let token = super::graph::number(window.start + column - usize::from(column > 0));
        let here = super::graph::number(node);
        match came[node * columns + column] {
            0 => break,
            1 => {
                column -= 1;
                continue;
            }
            2 => {
                pairs.push((here, token));
                visited.push(here);
                break;
            }
            code => {
                visited.push(here);
                if code % 2 == 0 {
                    if pair_worth(unit, node, &tokens[index(token)]) > 0 {
                        pairs.push((here, token));
                    }
                    column -= 1;
                }
                node = index(unit.before[node][usize::from((code - 4) / 2)]);
            }
        }
    }
    pairs.reverse();
    visited.reverse();
    let walk = finish(unit, tokens, pairs, end);
    Some(Walk { visited, ..walk })
}

fn pair_worth(unit: &Unit, node: usize, token: &Token) -> i32 {
    let node = &unit.nodes[node];
    match node.shape == token.shape {
        false if node.shape == ANY => ANYTHING,
        false => SKIP,
        true if node.kind == token.kind && agrees(unit, node, token) => SAME,
        true if node.slot.is_some() => NAME,
        true => OTHER,
    }
}
