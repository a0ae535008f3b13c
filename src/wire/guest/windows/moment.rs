//! Moments as Windows programs write them.

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::guest::windows::Moment;

/// A moment in one of the forms of the agent's logs: `2021-01-12T16:35:45Z`, `12/11/2018 06:27:55.66` with the month first.
pub(super) fn of_log(text: &str) -> Option<Moment> {
    if let Ok(exact) = text.parse::<Timestamp>() {
        return Some(Moment::Exact(exact));
    }
    if let Some((date, time)) = text.split_once('T') {
        let [year, month, day] = numbers(date, '-')?;
        return local([year, month, day], time).map(Moment::Local);
    }
    let (date, time) = text.split_once(' ')?;
    let [month, day, year] = numbers(date, '/')?;
    local([year, month, day], time).map(Moment::Local)
}

/// A moment of the registry, whose form is that of somebody's language: which of two numbers is the month is not guessed.
pub(super) fn of_registry(text: &str) -> Moment {
    let text = text.trim();
    let unread = || Moment::Unread(text.to_owned());
    let Some((date, time)) = text.split_once(' ') else { return of_log(text).unwrap_or_else(unread) };
    let ordered = match numbers(date, '/').or_else(|| numbers(date, '.')) {
        Some([day, month, year]) if day > 12 => Some([year, month, day]),
        Some([month, day, year]) if day > 12 || day == month => Some([year, month, day]),
        Some(_) => None,
        None => numbers(date, '-').filter(|[year, ..]| *year > 1000),
    };
    ordered.and_then(|ordered| local(ordered, time)).map_or_else(unread, Moment::Local)
}

/// A time of day after a date: year, month, day. `PM` adds twelve hours.
fn local([year, month, day]: [i16; 3], time: &str) -> Option<DateTime> {
    let (clock, half) = time.split_once(' ').unwrap_or((time, ""));
    let (clock, _fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let [hour, minute, second] = numbers(clock, ':')?;
    let hour = match half {
        "" => hour,
        half if half.eq_ignore_ascii_case("AM") => hour % 12,
        half if half.eq_ignore_ascii_case("PM") => hour % 12 + 12,
        _ => return None,
    };
    let [month, day, hour, minute, second] = [month, day, hour, minute, second].map(|n| i8::try_from(n).ok());
    DateTime::new(year, month?, day?, hour?, minute?, second?, 0).ok()
}

/// Three numbers with something between them.
fn numbers(text: &str, between: char) -> Option<[i16; 3]> {
    let mut parts = text.splitn(3, between).map(|part| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    });
    Some([parts.next()??, parts.next()??, parts.next()??])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(text: &str) -> Option<String> {
        of_log(text).map(shown)
    }

    fn shown(moment: Moment) -> String {
        match moment {
            Moment::Exact(exact) => exact.to_string(),
            Moment::Local(local) => local.to_string(),
            Moment::Unread(text) => format!("unread {text}"),
        }
    }

    #[test]
    fn both_forms_of_the_logs_are_read() {
        assert_eq!(log("2021-01-12T16:35:45Z").as_deref(), Some("2021-01-12T16:35:45Z"));
        assert_eq!(log("2021-01-12T16:35:45.123").as_deref(), Some("2021-01-12T16:35:45"));
        assert_eq!(log("12/11/2018 06:27:55.66").as_deref(), Some("2018-12-11T06:27:55"));
        for text in [
            "",
            "13/11/2018 06:27:55",
            "12/11/2018",
            "12/11/2018 6:27",
            "+1/1/2018 06:27:55",
            "1/2/3/4 1:2:3",
            "T",
        ] {
            assert_eq!(log(text), None, "{text}");
        }
    }

    #[test]
    fn the_month_of_a_foreign_form_is_not_guessed() {
        let registry = |text: &str| shown(of_registry(text));
        assert_eq!(registry("2026-11-21T10:00:00.1234567Z"), "2026-11-21T10:00:00.1234567Z");
        assert_eq!(registry("11/21/2026 1:02:03 PM"), "2026-11-21T13:02:03");
        assert_eq!(registry("11/21/2026 12:02:03 AM"), "2026-11-21T00:02:03");
        assert_eq!(registry("21.11.2026 13:02:03"), "2026-11-21T13:02:03");
        assert_eq!(registry("2026-11-21 13:02:03"), "2026-11-21T13:02:03");
        assert_eq!(registry("11/11/2026 13:02:03"), "2026-11-11T13:02:03");
        for open in
            ["11/12/2026 13:02:03", "yesterday", "", "99/99/2026 13:02:03", "21/11/2026 1:02:03 nachm."]
        {
            assert_eq!(registry(open), format!("unread {open}"));
        }
    }
}
