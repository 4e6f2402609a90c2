//! The words that values of hosts, users and files are made of. Their order is part of every stored
//! master that uses them: it never changes.

/// Short names that suit a person and a machine; none is another's beginning plus digits.
pub(super) const NAMES: [&str; 64] = [
    "adam", "alba", "alice", "amber", "anna", "aspen", "basil", "bella", "birch", "bruno", "carla",
    "cedar", "chris", "clara", "dana", "david", "diana", "elena", "elias", "emil", "emma", "erik",
    "fabio", "felix", "fiona", "frank", "grace", "hana", "hazel", "henry", "hugo", "ines", "iris",
    "jacob", "jana", "jonas", "julia", "karl", "kira", "laura", "leon", "linda", "lucas", "maria",
    "marta", "mason", "maya", "milan", "nadia", "nina", "oscar", "paula", "peter", "quinn", "rosa",
    "ruben", "sara", "simon", "sofia", "tara", "theo", "tomas", "vera", "willow",
];

/// Words that suit the name of a dummy file.
pub(super) const WORDS: [&str; 64] = [
    "annex", "archive", "backup", "batch", "brief", "budget", "chart", "choice", "client", "cover",
    "daily", "delta", "draft", "entry", "event", "export", "extract", "figure", "form", "group",
    "guide", "history", "image", "import", "index", "input", "invoice", "item", "journal", "label",
    "ledger", "letter", "list", "memo", "minutes", "model", "notes", "notice", "offer", "order",
    "outline", "output", "page", "paper", "plan", "quote", "record", "report", "result", "review",
    "sample", "scan", "sheet", "sketch", "slides", "summary", "survey", "table", "target",
    "ticket", "trial", "upload", "visit", "weekly",
];
