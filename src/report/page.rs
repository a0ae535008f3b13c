//! A page of text: wrapped to a width, coloured or not, with everything escaped that goes through it.

use std::borrow::Cow;
use std::io::{self, Write};

use colored::Color;

use super::escape::{escape, is_dangerous};

/// Prose wider than this is hard to read, however wide the terminal is.
const WIDEST_PROSE: usize = 110;
/// Narrower than this nothing is wrapped further.
const NARROWEST: usize = 40;

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Columns.
    pub width: usize,
    /// Whether to colour.
    pub colour: bool,
    /// How much to say.
    pub detail: Detail,
}

/// How much to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detail {
    /// The verdict.
    Verdict,
    /// The verdict, what was found, and what could not be judged.
    Findings,
    /// What passed and what does not apply, too.
    Everything,
}

/// What a piece of text is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// As it is.
    Plain,
    /// Standing out.
    Bold,
    /// Standing back.
    Dim,
    /// What stands in the way.
    Red,
    /// What is fragile or open.
    Yellow,
    /// What is in order.
    Green,
    /// What can be typed.
    Cyan,
}

/// Text and its ink.
#[derive(Debug, Clone, Copy)]
pub struct Styled<'t>(pub Ink, pub &'t str);

/// A page that is being written.
pub struct Page<'w> {
    out: &'w mut dyn Write,
    layout: Layout,
}

impl<'w> Page<'w> {
    /// An empty page.
    #[must_use]
    pub fn new(out: &'w mut dyn Write, layout: Layout) -> Self {
        Self { out, layout }
    }

    /// How much to say.
    #[must_use]
    pub fn detail(&self) -> Detail {
        self.layout.detail
    }

    /// Columns to the right of an indent.
    pub(super) fn room(&self, indent: usize) -> usize {
        self.layout.width.max(NARROWEST).saturating_sub(indent)
    }

    /// Leaves a line empty.
    pub fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// One line, however long.
    pub fn line(&mut self, indent: usize, parts: &[Styled<'_>]) -> io::Result<()> {
        let mut line = " ".repeat(indent);
        for Styled(ink, text) in parts {
            line.push_str(&self.inked(*ink, &escape(text)));
        }
        self.finished(&line)
    }

    /// A lead, then prose that is wrapped beside it.
    pub fn entry(&mut self, indent: usize, lead: Styled<'_>, text: &str) -> io::Result<()> {
        let hanging = indent + lead.1.chars().count();
        let width = self.room(0).min(WIDEST_PROSE + hanging).saturating_sub(hanging).max(NARROWEST / 2);
        let shown = escape(text);
        let lines = wrapped(&shown, width);
        let first = lines.first().map_or("", |line| line.as_str());
        let said = escape(lead.1);
        let said = if first.is_empty() { said.trim_end() } else { &said };
        let lead = self.inked(lead.0, said);
        self.finished(&format!("{}{lead}{first}", " ".repeat(indent)))?;
        for line in lines.iter().skip(1) {
            self.finished(&format!("{}{line}", " ".repeat(hanging)))?;
        }
        Ok(())
    }

    /// A command to copy: never wrapped, and never altered without saying so.
    pub fn command(&mut self, indent: usize, command: &str) -> io::Result<()> {
        self.line(indent, &[Styled(Ink::Dim, "$ "), Styled(Ink::Cyan, command)])?;
        if command.chars().any(is_dangerous) {
            let warning = "it holds characters that are not safe to show: take it from --format json";
            self.entry(indent, Styled(Ink::Yellow, "! "), warning)?;
        }
        Ok(())
    }

    fn finished(&mut self, line: &str) -> io::Result<()> {
        let line = line.trim_end();
        self.out.write_all(line.as_bytes())?;
        self.out.write_all(b"\n")
    }

    fn inked<'t>(&self, ink: Ink, text: &'t str) -> Cow<'t, str> {
        let code: Cow<'static, str> = match ink {
            _ if !self.layout.colour || text.is_empty() => return Cow::Borrowed(text),
            Ink::Plain => return Cow::Borrowed(text),
            Ink::Bold => "1".into(),
            Ink::Dim => "2".into(),
            Ink::Red => Color::BrightRed.to_fg_str(),
            Ink::Yellow => Color::Yellow.to_fg_str(),
            Ink::Green => Color::Green.to_fg_str(),
            Ink::Cyan => Color::Cyan.to_fg_str(),
        };
        Cow::Owned(format!("\u{1b}[{code}m{text}\u{1b}[0m"))
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += length;
    }
    if used > 0 {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: usize, write: impl Fn(&mut Page<'_>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        let layout = Layout { width, colour: false, detail: Detail::Findings };
        write(&mut Page::new(&mut out, layout)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn prose_hangs_beside_its_lead_and_commands_stay_whole() {
        let text = "one two three four five six seven eight nine ten eleven twelve";
        let written = page(40, |page| page.entry(2, Styled(Ink::Red, "x  "), text));
        assert_eq!(written, "  x  one two three four five six seven\n     eight nine ten eleven twelve\n");
        let long = format!("az {}", "--value 1234567890 ".repeat(20));
        assert_eq!(page(40, |page| page.command(0, &long)).lines().count(), 1);
    }

    #[test]
    fn a_word_longer_than_the_line_is_not_broken() {
        let id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/one";
        assert_eq!(page(40, |page| page.entry(0, Styled(Ink::Plain, ""), id)), format!("{id}\n"));
    }

    #[test]
    fn an_altered_command_says_so() {
        let written = page(80, |page| page.command(0, "az x --name 'a\u{1b}[2J'"));
        assert!(!written.contains('\u{1b}') && written.contains("take it from --format json"), "{written}");
    }
}
