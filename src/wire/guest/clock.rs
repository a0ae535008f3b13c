//! What chrony and systemd say of a guest's clock.

use jiff::civil::DateTime;

use super::{Known, Text, TextReader, Told};
use crate::facts::Facts;
use crate::guest::{Read, TimeStatus, Tracking};

/// What `chronyc -n tracking` says.
pub(super) const CHRONY: TextReader =
    TextReader { known: Known::ByContent(is_tracking), read: read_tracking };
/// What `timedatectl show` says.
pub(super) const SYSTEM: TextReader = TextReader { known: Known::ByContent(is_system), read: read_system };

fn is_tracking(text: &Text<'_>) -> bool {
    text.text.starts_with("Reference ID") && text.text.contains("Leap status")
}

fn read_tracking(text: &Text<'_>, facts: &mut Facts) -> Told {
    let of = |name: &str| {
        let mut pairs = text.text.lines().filter_map(|line| line.split_once(':'));
        pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim())
    };
    let Some(leap) = of("Leap status") else { return Told::Nothing("no state in it") };
    let synchronised = leap != "Not synchronised";
    let ahead = of("System time").filter(|_| synchronised).and_then(offset);
    let value = Tracking { synchronised, ahead };
    facts.guest.clock.tracking = Some(Read { value, place: text.place() });
    facts.guest.documents += 1;
    Told::Something
}

/// `0.000012345 seconds fast of NTP time`, in whole seconds ahead.
fn offset(text: &str) -> Option<i64> {
    let mut words = text.split_whitespace();
    let (whole, _) = words.next()?.split_once('.')?;
    let seconds: i64 = whole.parse().ok()?;
    match (words.next()?, words.next()?) {
        ("seconds", "fast") => Some(seconds),
        ("seconds", "slow") => Some(-seconds),
        _ => None,
    }
}

fn is_system(text: &Text<'_>) -> bool {
    let mut keys = text.text.lines().filter_map(|line| line.split_once('=')).map(|(key, _)| key);
    keys.any(|key| key == "NTPSynchronized")
}

fn read_system(text: &Text<'_>, facts: &mut Facts) -> Told {
    let of = |name: &str| {
        let mut pairs = text.text.lines().filter_map(|line| line.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.trim())
    };
    let synchronised = match of("NTPSynchronized") {
        Some("yes") => Some(true),
        Some("no") => Some(false),
        _ => None,
    };
    // Both are written in the zone of the machine, so that the zone does not matter.
    let ahead = match (of("TimeUSec").and_then(local), of("RTCTimeUSec").and_then(local)) {
        (Some(system), Some(hardware)) if of("LocalRTC") == Some("no") => {
            system.since(hardware).ok().and_then(|span| span.total(jiff::Unit::Second).ok())
        }
        _ => None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole seconds of two dates with four digits of a year"
    )]
    let ahead_of_hardware = ahead.map(|seconds| seconds as i64);
    let value = TimeStatus { synchronised, ahead_of_hardware };
    facts.guest.clock.system = Some(Read { value, place: text.place() });
    facts.guest.documents += 1;
    Told::Something
}

/// `Sat 2026-11-21 13:40:43 UTC`, without the day and the zone.
fn local(text: &str) -> Option<DateTime> {
    let mut words = text.split_whitespace().skip(1);
    let (date, time) = (words.next()?, words.next()?);
    format!("{date}T{time}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::GuestClock;
    use crate::input::{Bundle, Document};

    fn clock(text: &str) -> GuestClock {
        let document =
            Document { name: "said.txt".into(), bytes: text.as_bytes().to_vec(), named_by_user: false };
        crate::wire::parse(&Bundle { documents: vec![document] }).unwrap().guest.clock
    }

    #[test]
    fn chrony() {
        let says = |system: &str, leap: &str| {
            let text = format!(
                "Reference ID    : 50484330 (PHC0)\nStratum         : 1\nRef time (UTC)  : Sat Nov 21 13:40:43 2026\n\
                 System time     : {system}\nLast offset     : -0.000000234 seconds\nLeap status     : {leap}\n"
            );
            clock(&text).tracking.unwrap().value
        };
        let state = |synchronised, ahead| Tracking { synchronised, ahead };
        assert_eq!(says("0.000001 seconds slow of NTP time", "Normal"), state(true, Some(0)));
        assert_eq!(says("9000.5 seconds fast of NTP time", "Normal"), state(true, Some(9000)));
        assert_eq!(says("9000.5 seconds slow of NTP time", "Normal"), state(true, Some(-9000)));
        assert_eq!(says("0.000000000 seconds slow of NTP time", "Not synchronised"), state(false, None));
        assert_eq!(says("soon", "Insert second"), state(true, None));
    }

    #[test]
    fn systemd() {
        let says = |synchronised: &str, hardware: &str, local: &str| {
            let text = format!(
                "Timezone=Europe/Berlin\nLocalRTC={local}\nCanNTP=yes\nNTP=yes\nNTPSynchronized={synchronised}\n\
                 TimeUSec=Sat 2026-11-21 14:40:43 CET\nRTCTimeUSec={hardware}\n"
            );
            clock(&text).system.unwrap().value
        };
        let state = |synchronised, ahead_of_hardware| TimeStatus { synchronised, ahead_of_hardware };
        assert_eq!(says("yes", "Sat 2026-11-21 14:40:42 CET", "no"), state(Some(true), Some(1)));
        assert_eq!(says("no", "Sat 2026-11-21 17:40:43 CET", "no"), state(Some(false), Some(-10_800)));
        assert_eq!(says("no", "Sat 2026-11-21 13:40:43 CET", "yes"), state(Some(false), None));
        assert_eq!(says("", "", "no"), state(None, None));
        assert_eq!(says("yes", "Sat 9999-12-31 23:59:59 CET", "no").synchronised, Some(true));
    }
}
