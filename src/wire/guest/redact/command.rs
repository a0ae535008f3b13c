//! Secrets among the arguments of programs that take them without a name: `sshpass -p secret`, `net use x: secret`.

use std::ops::Range;

use super::{ends, escape, work};

/// How much of a command is looked at.
const MOST: usize = 300;
/// How many of its arguments.
const ARGUMENTS: usize = 16;

/// How a program takes a secret.
#[derive(Debug, Clone, Copy)]
enum How {
    /// As what follows an option, in the same argument or the next.
    Option(&'static str),
    /// Only in the same argument.
    Attached(&'static str),
    /// Behind the `/` of who signs in.
    Slash,
    /// As the first argument without an option, or what follows `-String`.
    First,
    /// As Windows' `net` does.
    Net,
}

/// Programs, in lower case and without `.exe`.
const PROGRAMS: &[(&[&str], How)] = &[
    (&["sshpass", "hdbsql", "psexec", "psexec64", "7z", "7za"], How::Option("-p")),
    (&["plink", "pscp", "psftp", "putty"], How::Option("-pw")),
    (&["mysql", "mysqldump", "mysqladmin", "mariadb"], How::Attached("-p")),
    (&["sqlcmd", "osql", "bcp", "zip", "unzip"], How::Option("-P")),
    (&["ldapsearch", "ldapmodify", "ldapadd"], How::Option("-w")),
    (&["redis-cli"], How::Option("-a")),
    (&["sqlplus", "rman", "expdp", "impdp", "sqlldr"], How::Slash),
    (&["convertto-securestring"], How::First),
    (&["net", "net1"], How::Net),
];

/// The secret that a word has behind it, if it is one of these programs.
pub(super) fn secret(text: &str, word: &Range<usize>) -> Option<Range<usize>> {
    const LONGEST: usize = 26;
    let name = text.get(word.clone()).filter(|name| name.len() <= LONGEST && may_be_program(name))?;
    let name = name
        .split_at_checked(name.len().saturating_sub(4))
        .map_or(name, |(stem, tail)| if tail.eq_ignore_ascii_case(".exe") { stem } else { name });
    let how = PROGRAMS.iter().find(|(names, _)| names.iter().any(|own| name.eq_ignore_ascii_case(own)))?.1;
    if !text.get(word.end..)?.starts_with([' ', '\t', '"', '\'', '\\', '(']) {
        return None;
    }
    let arguments = arguments(text, word.end);
    let of = |at: &Range<usize>| text.get(at.clone()).unwrap_or_default();
    match how {
        How::Option(option) => after_option(text, &arguments, option),
        How::Attached(option) => arguments.iter().find_map(|at| attached(text, at, option)),
        How::Slash => arguments.iter().find_map(|at| {
            let (user, rest) = of(at).split_once('/')?;
            let secret = rest.split('@').next().filter(|secret| !secret.is_empty())?;
            let begin = at.start + user.len() + 1;
            user.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| begin..begin + secret.len())
        }),
        How::First => arguments.iter().find(|at| !of(at).starts_with('-')).cloned(),
        How::Net => net(&arguments, &of),
    }
}

/// Whether a word begins as one of the programs does: nearly all words do not.
fn may_be_program(word: &str) -> bool {
    let [first, second, ..] = word.as_bytes() else { return false };
    let seconds: &[u8] = match first.to_ascii_lowercase() {
        b's' => b"sq",
        b'p' => b"slu",
        b'7' => b"z",
        b'm' => b"ya",
        b'o' => b"s",
        b'b' => b"c",
        b'z' => b"i",
        b'u' | b'n' => b"ne",
        b'h' | b'l' => b"d",
        b'r' => b"em",
        b'e' => b"x",
        b'i' => b"m",
        b'c' => b"o",
        _ => b"",
    };
    seconds.contains(&second.to_ascii_lowercase())
}

fn after_option(text: &str, arguments: &[Range<usize>], option: &str) -> Option<Range<usize>> {
    arguments
        .windows(2)
        .find_map(|pair| {
            let [own, next] = pair else { return None };
            if text.get(own.clone()) == Some(option) {
                Some(next.clone())
            } else {
                attached(text, own, option)
            }
        })
        .or_else(|| attached(text, arguments.last()?, option))
}

fn attached(text: &str, at: &Range<usize>, option: &str) -> Option<Range<usize>> {
    let rest = text.get(at.clone())?.strip_prefix(option)?;
    // `-pw` of another program is no `-p` with a `w` behind it; nobody's secret is that short.
    (rest.len() > 2).then(|| at.end - rest.len()..at.end)
}

/// `net use share secret /user:kim`, `net user kim secret /add`.
fn net<'t>(arguments: &[Range<usize>], of: &dyn Fn(&Range<usize>) -> &'t str) -> Option<Range<usize>> {
    let (verb, rest) = arguments.split_first()?;
    let mut plain = rest.iter().filter(|at| !of(at).starts_with('/'));
    if of(verb).eq_ignore_ascii_case("user") {
        let secret = plain.nth(1)?;
        let is_last = plain.next().is_none();
        return is_last.then(|| secret.clone());
    }
    let is_place = |text: &str| text.starts_with('\\') || text.ends_with(':');
    let any_place = rest.iter().any(|at| is_place(of(at)));
    let secret = plain.find(|at| !is_place(of(at)) && of(at) != "*")?;
    (of(verb).eq_ignore_ascii_case("use") && any_place).then(|| secret.clone())
}

/// The arguments on the rest of the line, up to the next command; without their quotation marks.
fn arguments(text: &str, from: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let end = text.floor_char_boundary(from.saturating_add(MOST));
    let line = text.get(from..end).unwrap_or_default();
    let line = line.split(['\r', '\n']).next().unwrap_or_default();
    let mut at = 0;
    work::add(line.len());
    while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty() && found.len() < ARGUMENTS) {
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', ',', '(']).len();
        let begin = at + blanks;
        let Some(rest) = line.get(begin..).filter(|rest| !rest.is_empty()) else { break };
        if rest.starts_with(['|', ';', '>', '<', ')']) || rest.starts_with("&&") {
            break;
        }
        let quote = escape::quote(line, begin);
        let own = rest.get(quote.len()..).unwrap_or_default();
        let length = if quote.is_empty() {
            own.find(|c: char| c.is_whitespace() || "\"'`".contains(c)).unwrap_or(own.len())
        } else {
            ends::quoted(own, quote)
        };
        let start = begin + quote.len();
        // What ends a text that the command stands in ends the command.
        if length == 0 && found.is_empty() {
            break;
        }
        if length > 0 {
            found.push(from + start..from + start + length);
        }
        at = start + length + quote.len().max(usize::from(length == 0));
        at = line.ceil_char_boundary(at);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_is_looked_for() {
        assert!(PROGRAMS.iter().flat_map(|(names, _)| *names).all(|name| may_be_program(name)));
    }
}
