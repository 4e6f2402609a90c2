//! A syntax tree laid flat, with what the carriers ask of it.

use std::{collections::HashMap, ops::Range, sync::OnceLock};

use tree_sitter::Tree;

use crate::document::Language;

/// A node of the tree; children follow their parent.
#[derive(Debug, Clone)]
pub(crate) struct Node<'t> {
    pub(crate) kind: &'t str,
    pub(crate) field: Option<&'static str>,
    pub(crate) span: Range<usize>,
    pub(crate) parent: usize,
    /// One past the last node below.
    pub(crate) end: usize,
    pub(crate) named: bool,
}

/// A parsed source document.
pub(crate) struct Syntax<'t> {
    pub(crate) text: &'t str,
    pub(crate) language: Language,
    pub(crate) nodes: Vec<Node<'t>>,
    /// Whether any part does not parse.
    pub(crate) broken: bool,
    /// Spans that do not parse, or that the parser made up.
    pub(crate) errors: Vec<Range<usize>>,
    /// Comments in byte order.
    pub(crate) comments: Vec<Range<usize>>,
    /// Every word outside comments, with its places.
    pub(crate) words: HashMap<&'t str, Vec<usize>>,
    /// What a step inwards adds to a line.
    pub(crate) unit: &'t str,
    /// Whether most braces stand on lines of their own.
    pub(crate) tall: bool,
    /// Names by outermost function: whether they hold whole numbers only.
    pub(super) whole: OnceLock<HashMap<usize, HashMap<String, bool>>>,
}

impl<'t> Syntax<'t> {
    pub(crate) fn new(tree: &'t Tree, text: &'t str, language: Language) -> Self {
        let mut nodes: Vec<Node<'t>> = Vec::new();
        let mut errors = Vec::new();
        let mut comments = Vec::new();
        let mut cursor = tree.walk();
        let mut parent = 0;
        'walk: loop {
            let node = cursor.node();
            let span = node.byte_range();
            if node.is_error() || node.is_missing() {
                errors.push(span.clone());
            }
            if is_comment(node.kind()) {
                comments.push(span.clone());
            }
            let at = nodes.len();
            nodes.push(Node {
                kind: node.kind(),
                field: cursor.field_name().and_then(field),
                span,
                parent,
                end: at + 1,
                named: node.is_named(),
            });
            if cursor.goto_first_child() {
                parent = at;
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    break 'walk;
                }
                let end = nodes.len();
                nodes[parent].end = end;
                parent = nodes[parent].parent;
            }
        }
        let end = nodes.len();
        nodes[0].end = end;
        let words = words(text, &comments);
        let broken = tree.root_node().has_error();
        let unit = unit(text);
        let (alone, ending) = text.lines().fold((0_usize, 0_usize), |(alone, ending), line| {
            let line = line.trim();
            (alone + usize::from(line == "{"), ending + usize::from(line.ends_with(" {")))
        });
        let tall = alone > ending;
        let whole = OnceLock::new();
        Self { text, language, nodes, broken, errors, comments, words, unit, tall, whole }
    }

    /// The white space that the line of a byte begins with.
    pub(crate) fn indent(&self, at: usize) -> &'t str {
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = &self.text[start..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// Whether only white space stands before a byte on its line.
    pub(crate) fn begins_line(&self, at: usize) -> bool {
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        self.text[start..at].trim().is_empty()
    }

    pub(crate) fn text(&self, node: usize) -> &'t str {
        &self.text[self.nodes[node].span.clone()]
    }

    pub(crate) fn kind(&self, node: usize) -> &'t str {
        self.nodes[node].kind
    }

    pub(crate) fn span(&self, node: usize) -> Range<usize> {
        self.nodes[node].span.clone()
    }

    pub(crate) fn parent(&self, node: usize) -> Option<usize> {
        (node != 0).then(|| self.nodes[node].parent)
    }

    /// The nodes around a node, inner ones first.
    pub(crate) fn around(&self, node: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parent(node), |node| self.parent(*node))
    }

    pub(crate) fn children(&self, node: usize) -> impl Iterator<Item = usize> {
        let end = self.nodes[node].end;
        let first = (node + 1 < end).then_some(node + 1);
        std::iter::successors(first, move |child| {
            let next = self.nodes[*child].end;
            (next < end).then_some(next)
        })
    }

    /// Children that are no marks and no comments.
    pub(crate) fn parts(&self, node: usize) -> impl Iterator<Item = usize> {
        self.children(node).filter(|child| self.nodes[*child].named && !self.is_comment(*child))
    }

    pub(crate) fn field(&self, node: usize, field: &str) -> Option<usize> {
        self.children(node).find(|child| self.nodes[*child].field == Some(field))
    }

    /// A node and all below it.
    pub(crate) fn below(&self, node: usize) -> Range<usize> {
        node..self.nodes[node].end
    }

    pub(crate) fn is_comment(&self, node: usize) -> bool {
        is_comment(self.nodes[node].kind)
    }

    /// Whether a comment or something that does not parse stands in these bytes.
    pub(crate) fn has_comment(&self, node: usize) -> bool {
        self.below(node).any(|below| self.is_comment(below))
    }
}

/// Fields that some carrier asks for.
const FIELDS: [&str; 28] = [
    "alternative",
    "argument",
    "arguments",
    "attribute",
    "body",
    "condition",
    "consequence",
    "declarator",
    "field",
    "function",
    "initializer",
    "key",
    "label",
    "left",
    "macro",
    "method",
    "name",
    "object",
    "operator",
    "parameter",
    "parameters",
    "path",
    "pattern",
    "property",
    "return_type",
    "right",
    "type",
    "value",
];

fn field(name: &str) -> Option<&'static str> {
    FIELDS.binary_search(&name).ok().map(|at| FIELDS[at])
}

/// The shortest indentation of a text, or else four spaces.
fn unit(text: &str) -> &str {
    let indents = text.lines().filter_map(|line| {
        let body = line.trim_start_matches([' ', '\t']);
        let indent = &line[..line.len() - body.len()];
        let counts = indent.len() > 1 || indent.starts_with('\t');
        (counts && !body.is_empty() && !body.starts_with('*')).then_some(indent)
    });
    let shortest = indents.min_by_key(|indent| indent.len()).filter(|indent| indent.len() <= 8);
    shortest.map_or("    ", |indent| if indent.starts_with('\t') { "\t" } else { indent })
}

fn is_comment(kind: &str) -> bool {
    matches!(kind, "comment" | "line_comment" | "block_comment" | "shebang" | "hash_bang_line")
}

/// The words of a text outside of comments.
fn words<'t>(text: &'t str, comments: &[Range<usize>]) -> HashMap<&'t str, Vec<usize>> {
    let mut words: HashMap<&str, Vec<usize>> = HashMap::new();
    let bytes = text.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut comments = comments.iter().peekable();
    let mut at = 0;
    while at < bytes.len() {
        while comments.next_if(|comment| comment.end <= at).is_some() {}
        if let Some(comment) = comments.peek().filter(|comment| comment.start <= at) {
            at = comment.end;
            continue;
        }
        if !is_word(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && is_word(bytes[at]) {
            at += 1;
        }
        words.entry(&text[start..at]).or_default().push(start);
    }
    words
}
