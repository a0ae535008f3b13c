//! `extension.log` of the Linux snapshot extension: when it ran last, and what came of it.
//!
//! Lines begin with the time and with the name of the extension in brackets, with or without a version:
//! `2026-11-20 02:00:01.123456 [Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9.0]Enable,error,76,…`. A run ends with a line
//! that lists what is reported: operation, status, number, message.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Known, Text, TextReader, Told};
use crate::facts::Facts;
use crate::guest::{Read, SnapshotOutcome, SnapshotRun, Teller};
use crate::input::{Place, Pointer};

/// What stands before the message of a line.
const SIGN: &str = "VMSnapshotLinux";
/// How much of a text decides whether it is such a log, in lines.
const TELLING: usize = 200;
/// How much of a line is looked at, in bytes: reports of the size of a status file stand in some.
const LONGEST: usize = 1 << 16;
/// How much of a message is kept, in characters.
const KEPT: usize = 300;

/// The log where it lies.
pub(super) const NAMED: TextReader = TextReader { known: Known::ByName(is_named_so), read };
/// The log under any other name.
pub(super) const OTHER: TextReader = TextReader { known: Known::ByContent(is_log), read };

/// Whether the name is that of the log.
fn is_named_so(text: &Text<'_>) -> bool {
    text.name.contains(SIGN)
        && super::parts(text.name).next().is_some_and(|file| file.starts_with("extension.log"))
}

/// Whether the first lines are of such a log.
fn is_log(text: &Text<'_>) -> bool {
    text.text.lines().take(TELLING).filter_map(Line::read).any(|line| line.of_extension)
}

fn read(text: &Text<'_>, facts: &mut Facts) -> Told {
    let mut log = Log::default();
    for (index, line) in text.text.lines().enumerate() {
        if let Some(line) = Line::read(line) {
            log.take(&line, index + 1);
        }
    }
    facts.guest.documents += 1;
    let at =
        |line: usize| Place { document: text.name.clone(), pointer: Pointer::root().key("line").index(line) };
    let own = &mut facts.guest.extension;
    own.runs.extend(log.ended.map(|(line, value)| Read { value, place: at(line) }));
    own.runs.extend(log.open.map(|(line, value)| Read { value, place: at(line) }));
    if let Some((line, value)) = log.method {
        own.method_used = Some(Read { value, place: at(line) });
    }
    Told::Something
}

/// What was read so far, each with the number of its line.
#[derive(Debug, Default)]
struct Log {
    /// The last run that ended.
    ended: Option<(usize, SnapshotRun)>,
    /// The run that goes on.
    open: Option<(usize, SnapshotRun)>,
    method: Option<(usize, String)>,
}

impl Log {
    fn take(&mut self, line: &Line<'_>, number: usize) {
        let text = line.message;
        if let Some(word) = text.trim_start().strip_prefix("snapshotMethodConfigValue : ") {
            self.method = Some((number, word.trim().to_owned()))
                .filter(|(_, word)| !["", "None"].contains(&word.as_str()));
        }
        // What some disks force comes after what is set.
        if let Some((_, word)) = text.split_once("Setting the snapshot mode to ") {
            self.method = Some((number, word.trim().trim_end_matches('.').to_owned()));
        }
        if text.starts_with("starting enable") || text.starts_with("starting daemon initially") {
            self.run(line, number);
        }
        for name in named_codes(text) {
            let codes = &mut self.run(line, number).codes;
            if !codes.contains(&name) {
                codes.push(name);
            }
        }
        let host: Vec<u32> = host_codes(text).collect();
        if !host.is_empty() {
            let run = self.run(line, number);
            run.host.extend(host);
            run.host.sort_unstable();
            run.host.dedup();
        }
        if let Some(reported) = Reported::read(text) {
            self.reported(&reported, line, number);
        }
    }

    /// The run that goes on, which begins here if there was none.
    fn run(&mut self, line: &Line<'_>, number: usize) -> &mut SnapshotRun {
        let begun = || (number, SnapshotRun { at: line.at, ..SnapshotRun::new(Teller::LinuxExtension) });
        &mut self.open.get_or_insert_with(begun).1
    }

    fn reported(&mut self, reported: &Reported<'_>, line: &Line<'_>, number: usize) {
        let run = self.run(line, number);
        run.at = line.at.or(run.at);
        run.number = Some(reported.number);
        run.status = Some(reported.status.to_owned());
        if run.outcome() != SnapshotOutcome::Unfinished {
            run.message = Some(reported.message.chars().take(KEPT).collect());
            self.ended = self.open.take().map(|(_, run)| (number, run));
        }
    }
}

/// A line: its time and its message.
struct Line<'t> {
    at: Option<Timestamp>,
    message: &'t str,
    of_extension: bool,
}

impl<'t> Line<'t> {
    /// `None` for a line that begins with no time: the rest of a message of several lines.
    fn read(line: &'t str) -> Option<Self> {
        let line = line.get(..LONGEST.min(line.len())).unwrap_or_else(|| shortened(line));
        let (time, rest) = line.split_at_checked(19)?;
        let at = time_of(time)?;
        let rest = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit()).trim_start();
        let own = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let of_extension = own.is_some_and(|(name, _)| name.contains(SIGN));
        let message = own.map_or(rest, |(_, message)| message);
        // The old form has the time a second time, and a level.
        let again = message.split_at_checked(19).filter(|(time, _)| time_of(time).is_some());
        let message = again.map_or(message, |(_, rest)| rest.trim_start());
        Some(Self { at: Some(at), message, of_extension })
    }
}

/// As much of a long line as is looked at, up to a whole character.
fn shortened(line: &str) -> &str {
    let end = (0..=LONGEST).rev().find(|end| line.is_char_boundary(*end)).unwrap_or_default();
    line.get(..end).unwrap_or_default()
}

/// `2026-11-20 02:00:01` or `2026/11/20 02:00:01`, in UTC.
fn time_of(text: &str) -> Option<Timestamp> {
    let text = text.replace('/', "-");
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let time: DateTime = text.parse().ok()?;
    time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// A line that lists what is reported: `Enable,error,76,T:S …,False`.
struct Reported<'t> {
    status: &'t str,
    number: i64,
    message: &'t str,
}

impl<'t> Reported<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let mut fields = text.trim_start().splitn(4, ',');
        let (operation, status, number, rest) =
            (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let known =
            operation == "Enable" && ["success", "error", "transitioning", "warning"].contains(&status);
        let message = rest.trim_end().rsplit_once(',').map_or(rest, |(message, _)| message);
        known.then_some(Self { status, number: number.trim().parse().ok()?, message: message.trim() })
    }
}

/// Codes that a message names: ` StatusCode.FailedRetryableSnapshotFailedNoNetwork,`.
fn named_codes(text: &str) -> impl Iterator<Item = String> {
    text.split("StatusCode.").skip(1).filter_map(|rest| {
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        (!name.is_empty() && !super::extension::is_success(&name)).then_some(name)
    })
}

/// What came of asking the host, where that failed: `hostStatusCodeDoSnapshot=556`, or the sentences that the extension has for it.
pub(super) fn host_codes(text: &str) -> impl Iterator<Item = u32> {
    const SENTENCES: [(&str, u32); 3] = [
        ("Hitting wrong WireServer IP", 555),
        ("BHS is not runnning on host machine", 556),
        ("responseBody is empty but http status code is success", 557),
    ];
    let said = SENTENCES.iter().filter(|(sentence, _)| text.contains(sentence)).map(|(_, code)| *code);
    let told = text.split("hostStatusCode").skip(1).filter_map(|rest| {
        let digits: String =
            rest.split_once('=')?.1.chars().take_while(char::is_ascii_digit).take(4).collect();
        digits.parse().ok().filter(|code| (555..=558).contains(code))
    });
    let mut codes: Vec<u32> = said.chain(told).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "[Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0.9235.0]";

    fn told(text: &str) -> Facts {
        let mut facts = Facts::default();
        read(&Text { name: &"extension.log".into(), text }, &mut facts);
        facts
    }

    #[test]
    fn the_last_run_counts_with_what_it_names() {
        let text = format!(
            "2026-11-19 02:00:00.123456 {NEW}starting enable\n\
             2026-11-19 02:00:01.123456 {NEW}Enable,success,4,Transitioning state in extension,True\n\
             2026-11-19 02:01:00.123456 {NEW}Enable,success,1,,False\n\
             2026-11-20 02:00:00.123456 {NEW}starting enable\n\
             2026-11-20 02:00:01.123456 {NEW}snapshotMethodConfigValue : onlyGuest\n\
             2026-11-20 02:00:02.123456 {NEW}presnapshot Hitting wrong WireServer IP\n\
             2026-11-20 02:00:03.123456 {NEW}T:S Enable failed with x errror StatusCode.FailedRetryableSnapshotFailedRestrictedNetwork,\n\
             a line that goes on\n\
             2026-11-20 02:00:04.123456 {NEW}Enable,error,76,T:S snapshot, failed,False\n"
        );
        let facts = told(&text);
        let own = &facts.guest.extension;
        let (last, open) = own.last_run().unwrap();
        assert!(!open);
        assert_eq!(last.value.outcome(), SnapshotOutcome::Failed);
        let causes: Vec<String> = last.value.causes().collect();
        assert_eq!(causes, ["FailedRetryableSnapshotFailedRestrictedNetwork", "76", "555"]);
        assert_eq!(last.value.message.as_deref(), Some("T:S snapshot, failed"));
        assert_eq!(last.place.pointer.as_str(), "/line/9");
        assert_eq!(own.method_used.as_ref().unwrap().value, "onlyGuest");
    }

    #[test]
    fn a_run_that_did_not_end_stays_open() {
        let facts = told(&format!(
            "2026-11-19 02:01:00.1 {NEW}Enable,success,1,,False\n2026-11-20 02:00:00.1 {NEW}starting enable\n"
        ));
        let (last, open) = facts.guest.extension.last_run().unwrap();
        assert!(open && last.value.outcome() == SnapshotOutcome::Succeeded);
    }

    #[test]
    fn the_old_form_is_read_too() {
        let facts = told(
            "2017/11/14 03:06:52 [Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0]2017-11-14 03:06:52 Thawing: /mnt\n\
             2017/11/14 03:06:52 [Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0]T:S snapshot result: errorcode: 409\n\
             2017/11/14 03:06:52  StatusCode.FailedRetryableSnapshotFailedRestrictedNetwork,\n\
             2017/11/14 03:06:53 [Microsoft.Azure.RecoveryServices.VMSnapshotLinux-1.0]Enable,error,76,x,False\n",
        );
        let (last, _) = facts.guest.extension.last_run().unwrap();
        assert_eq!(last.value.codes, ["FailedRetryableSnapshotFailedRestrictedNetwork"]);
    }

    #[test]
    fn strange_lines_do_no_harm() {
        let long = format!("2026-11-19 02:01:00 {NEW}{}\n", "é".repeat(LONGEST));
        for text in ["", "\n\n", "2026-11-19 02:01:0", "2026-99-99 02:01:00 x", "ééééééééééééééééééé", &long]
        {
            assert!(told(text).guest.extension.runs.is_empty(), "{text:.40}");
        }
    }
}
