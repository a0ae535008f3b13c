//! `w32tm /query /status`: what the time service of Windows sets the clock by.
//!
//! Labels and words are of the language of the machine; numbers, their order, and what names a clock are the same in all.

use crate::guest::WindowsTime;

/// What stands for a clock that is set by nothing: it goes by itself, or by the one of this machine.
const NOT_SET: i64 = 3;
/// The names of sources that are none: nothing yet, and the clock of this machine (`LOCL`).
const OWN_CLOCK: [&str; 2] = ["0x00000000", "0x4C4F434C"];

/// Whether the text is what the service prints of itself.
pub(in crate::wire::guest) fn is_status(text: &str) -> bool {
    read(text).is_some()
}

/// What it says; `None` where the text is of another form.
pub(in crate::wire::guest) fn read(text: &str) -> Option<WindowsTime> {
    let mut values = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(value);
    // Warning of a leap second, distance from a clock that is right, precision.
    let (leap, stratum, precision) = (values.next()??, values.next()??, values.next()??);
    let leap = numbered(leap).filter(|leap| (0..=3).contains(leap))?;
    let (stratum, _) = (numbered(stratum)?, numbered(precision).filter(|_| precision.contains("ns"))?);
    let source = values.clone().flatten().find(|value| value.starts_with("0x")).unwrap_or_default();
    let is_own =
        OWN_CLOCK.iter().any(|own| source.get(..own.len()).is_some_and(|id| id.eq_ignore_ascii_case(own)));
    let synchronised = leap != NOT_SET && stratum != 0 && !is_own;
    // Delay and dispersion come before the source; the first number of seconds behind it is how far the clock is off.
    let mut behind = values.flatten().skip_while(|value| !value.starts_with("0x"));
    let off = behind.find_map(seconds).filter(|_| synchronised);
    Some(WindowsTime { synchronised, off })
}

/// What stands behind the label of a line. French has a space before the colon.
fn value(line: &str) -> Option<&str> {
    line.split_once(':').map(|(_, value)| value.trim())
}

/// `0(no warning)`, `-23 (119.209ns per tick)`
fn numbered(value: &str) -> Option<i64> {
    let (number, rest) = value.split_once('(')?;
    rest.contains(')').then(|| number.trim().parse().ok())?
}

/// `-0.0038147s`, and with the comma of another language; the sign is left out.
fn seconds(value: &str) -> Option<u64> {
    let number = value.strip_suffix('s')?.trim_start_matches('-');
    let (whole, part) = number.split_once(['.', ','])?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(whole) && is_number(part)).then(|| whole.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "Leap Indicator: 0(no warning)\r\nStratum: 3 (secondary reference - syncd by (S)NTP)\r\n\
        Precision: -23 (119.209ns per tick)\r\nRoot Delay: 0.0154902s\r\nRoot Dispersion: 7.7773722s\r\n\
        ReferenceId: 0x564D5450 (source name:  \"VMTP\")\r\nLast Successful Sync Time: 9/11/2026 2:32:05 PM\r\n\
        Source: VM IC Time Synchronization Provider \r\nPoll Interval: 6 (64s)\r\n\r\nPhase Offset: -0.0038147s\r\n\
        ClockRate: 0.0156250s\r\nState Machine: 2 (Sync)\r\nTime Source Flags: 0 (None)\r\nServer Role: 0 (None)\r\n\
        Last Sync Error: 0 (The command completed successfully.)\r\nTime since Last Good Sync Time: 20.1997480s\r\n";

    #[test]
    fn a_clock_that_is_set() {
        assert_eq!(read(ENGLISH), Some(WindowsTime { synchronised: true, off: Some(0) }));
        let far = ENGLISH.replace("-0.0038147s", "-9000.5s");
        assert_eq!(read(&far).unwrap().off, Some(9000));
        let german = "Sprungindikator: 0(keine Warnung)\nStratum: 4 (Sekundärreferenz, synchr. über (S)NTP)\n\
            Präzision: -23 (119.209ns pro Tick)\nStammverzögerung: 0.0312500s\nStammabweichung: 7.7902343s\n\
            Referenz-ID: 0xC0A80001 (Quell-IP:  192.168.0.1)\nLetzte erfolgr. Synchronisierungszeit: 19.06.2026 09:14:02\n\
            Quelle: time.windows.com,0x8\nAbrufintervall: 10 (1024s)\n";
        // The short form does not tell how far it is off.
        assert_eq!(read(german), Some(WindowsTime { synchronised: true, off: None }));
    }

    #[test]
    fn a_clock_that_nothing_sets() {
        let never = "Leap Indicator: 3(not synchronized)\nStratum: 0 (unspecified)\nPrecision: -23 (119.209ns per tick)\n\
            Root Delay: 0.0000000s\nRoot Dispersion: 0.0000000s\nReferenceId: 0x00000000 (unspecified)\n\
            Last Successful Sync Time: unspecified\nSource: Local CMOS Clock\nPoll Interval: 6 (64s)\n\nPhase Offset: 9000.0s\n";
        assert_eq!(read(never), Some(WindowsTime { synchronised: false, off: None }));
        let chinese = "Leap 指示符: 0(无警告)\n层次: 1 (主引用 - 由无线电时钟同步)\n精度: -23 (每刻度 119.209ns)\n\
            引用 ID: 0x4c4f434c (源名称:  \"LOCL\")\n源: Local CMOS Clock\n";
        assert!(!read(chinese).unwrap().synchronised);
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "",
            "The following error occurred: The service has not been started. (0x80070426)",
            "a: 0(b)\nc: 1 (d)\ne: 2 (f)\n",
            "a: 9(b)\nc: 1 (d)\ne: -23 (1ns)\n",
            "a: 0(b)\nc: d\ne: -23 (1ns)\n",
        ] {
            assert!(!is_status(text), "{text}");
        }
        let cut = |length| ENGLISH.get(..length).map(read);
        assert!((0..ENGLISH.len()).all(|length| cut(length).is_some()));
    }
}
