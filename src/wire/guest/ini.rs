//! Sections of `key=value`, as systemd and `NetworkManager` write them.

/// The keys of a file in order: section, key, value. Continued lines are joined; comments are left out.
pub(super) fn entries(text: &str) -> Vec<(String, String, String)> {
    let mut entries = Vec::new();
    let mut section = String::new();
    let mut continued = String::new();
    for line in text.lines() {
        let line = line.trim();
        if continued.is_empty() && (line.is_empty() || line.starts_with(['#', ';'])) {
            continue;
        }
        if let Some(begin) = line.strip_suffix('\\') {
            continued.push_str(begin);
            continued.push(' ');
            continue;
        }
        let whole = std::mem::take(&mut continued) + line;
        if let Some(name) = whole.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = whole.split_once('=') {
            entries.push((section.clone(), key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    entries
}
