//! Where an entry of a log begins: what was cut off in the one before goes no further.

/// Months as logs of `syslog` name them.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Whether a line begins with a date, perhaps in brackets.
pub(super) fn begins(line: &str) -> bool {
    // The VM agent of Windows counts before it dates: `[00000006] [2026-11-21 …`.
    let counted = line.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    let line =
        counted.filter(|(count, _)| count.bytes().all(|b| b.is_ascii_digit())).map_or(line, |(_, rest)| rest);
    let line = line.trim_start_matches(['[', '<', '(', '"', '\'', '{']);
    if MONTHS.iter().any(|month| line.strip_prefix(month).is_some_and(|rest| rest.starts_with(' '))) {
        return true;
    }
    let digits = |part: &str| part.bytes().take_while(u8::is_ascii_digit).count();
    let mut parts = line.splitn(3, ['-', '/', '.']);
    let (Some(first), Some(second), Some(third)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let all_digits = digits(first) == first.len() && digits(second) == second.len();
    let fits = matches!((first.len(), digits(third)), (4, 1 | 2) | (1 | 2, 4));
    all_digits && fits && matches!(second.len(), 1 | 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_begin_with_dates() {
        for line in [
            "2026-11-21T08:00:01.223Z INFO",
            "2026/11/21 08:00:01 x",
            "[11/21/2026 08:00:01.22] x",
            "21.11.2026 x",
            "Nov 21 08:00:00 host x",
            "[00000006] [2026-11-21 08:00:01.22] [INFO] x",
        ] {
            assert!(begins(line), "{line}");
        }
        for line in
            ["", "MIIE", "  2026-11-21", "10.0.0.4", "a-b-c", "1", "192.168.1.10 x", "10.10.10.4", "2026-11"]
        {
            assert!(!begins(line), "{line}");
        }
    }
}
