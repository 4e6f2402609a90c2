//! Files that come into the program, read under a bound.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use anyhow::{Context, bail};

use crate::failure::Hint;

/// The content of a file, or of standard input for `-`; more than `most` bytes is an error.
pub(crate) fn read(path: &Path, most: usize) -> anyhow::Result<Vec<u8>> {
    let shown =
        || if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() };
    let source: Box<dyn Read> = if is_stdin(path) {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path)
            .with_context(shown)
            .hint("check the path and its permissions; nothing was read")?;
        let metadata = file.metadata().with_context(shown)?;
        if metadata.is_dir() {
            bail!("{}: it is a folder, expected a file", shown());
        }
        Box::new(file)
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    source.take(limit).read_to_end(&mut bytes).with_context(shown)?;
    if bytes.len() > most {
        let long = || bail!("{}: more than {} MiB, the most that is read", shown(), most >> 20);
        long().hint("cut it into several files")?;
    }
    Ok(bytes)
}

/// Whether a path stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The base name of a file, as text.
pub(crate) fn base_name(path: &Path) -> anyhow::Result<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned).with_context(|| {
        format!("{}: expected a file with a name that is UTF-8 text", path.display())
    })
}
