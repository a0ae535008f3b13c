//! One round of probing, or one after the other until the user has seen enough.

use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::options::FormatWord;
use super::super::{Failure, Session};
use super::Arguments;
use super::asked::Asked;
use super::progress::Progress;
use crate::backup::tempered;
use crate::collect::interrupt::Interrupt;
use crate::collect::probe::{ProbeError, run};
use crate::collect::scrape::Scrape;
use crate::probe::Limits;
use crate::report::probe::{
    Exposition, ProbeReport, Probed, Reached, Rounds as Two, write_changes, write_json, write_text,
};

/// How often results are refreshed for who scrapes them, where nobody says how often.
const USUAL_PAUSE: Duration = Duration::from_mins(1);

/// What is asked, how, and how often.
pub(super) struct Rounds<'r> {
    asked: &'r Asked,
    arguments: &'r Arguments,
    session: &'r Session,
    limits: Limits,
}

impl<'r> Rounds<'r> {
    /// Rounds of these questions.
    pub(super) fn new(asked: &'r Asked, arguments: &'r Arguments, session: &'r Session) -> Self {
        Self { asked, arguments, session, limits: arguments.limits() }
    }

    /// Probes once, or until the user interrupts; what the last whole round came to.
    pub(super) fn go(&self) -> Result<Reached, Failure> {
        let pause = self.arguments.watch.map(Duration::from_secs);
        match (pause, self.arguments.listen) {
            (None, None) => {
                let report = self.round()?;
                self.write(&report, None)?;
                Ok(report.reached())
            }
            (pause, _) => self.repeat(pause.unwrap_or(USUAL_PAUSE)),
        }
    }

    fn repeat(&self, pause: Duration) -> Result<Reached, Failure> {
        let interrupt = Interrupt::listen().map_err(|error| without("listening for interrupts", &error))?;
        let scrape = self.scrape()?;
        let mut before: Option<ProbeReport> = None;
        loop {
            let report = self.round()?;
            // Whoever heard it first: the listener here, or the run itself.
            let cut_short = report.results.iter().any(|probed| probed.observation.interrupted);
            let interrupted = cut_short || interrupt.within(Duration::ZERO);
            if let (true, Some(before)) = (interrupted, &before) {
                // A round cut short tells nothing that the one before it did not.
                return Ok(before.reached());
            }
            self.write(&report, before.as_ref())?;
            if let Some(scrape) = &scrape {
                scrape.show(exposition(&report));
            }
            if interrupted || interrupt.within(pause) {
                return Ok(report.reached());
            }
            before = Some(report);
        }
    }

    /// Probes every target once.
    fn round(&self) -> Result<ProbeReport, Failure> {
        let targets = &self.asked.plan.targets;
        let mut progress = Progress::new(targets, self.session.layout(), self.session.options.quiet);
        let seen = run(targets, &self.limits, &mut |seen| progress.tell(seen));
        let seen = seen.map_err(|error| Failure::Usage(ProbeError::to_string(&error)))?;
        let seen: Vec<_> = targets.iter().zip(seen).map(|(target, seen)| tempered(target, seen)).collect();
        let placements = self.asked.placements(&seen);
        let results = targets.iter().zip(seen).zip(placements);
        let results = results.map(|((target, observation), placement)| Probed {
            target: target.clone(),
            observation,
            placement,
        });
        Ok(ProbeReport {
            results: results.collect(),
            skipped: self.asked.plan.skipped.clone(),
            notes: self.asked.plan.notes.clone(),
        })
    }

    /// Writes a round: whole, or for people after the first only what changed. A file always holds the last round whole.
    fn write(&self, report: &ProbeReport, before: Option<&ProbeReport>) -> Result<(), Failure> {
        let layout = self.session.layout();
        let repeats = self.arguments.watch.is_some() || self.arguments.listen.is_some();
        let to_file = self.session.options.output.is_some();
        self.session.write(|out| match (self.session.options.format, before) {
            (FormatWord::Json, _) => write_json(report, repeats && !to_file, out),
            (FormatWord::Prometheus, _) => Exposition { report, made_at: None }.write(out),
            (FormatWord::Text, Some(before)) if !to_file => {
                let stamp = Timestamp::now().to_zoned(TimeZone::UTC).strftime("%H:%M:%SZ").to_string();
                write_changes(Two { before, now: report, stamp: &stamp }, layout, out)
            }
            (FormatWord::Text, _) => write_text(report, layout, out),
        })
    }

    fn scrape(&self) -> Result<Option<Scrape>, Failure> {
        let Some(address) = self.arguments.listen else { return Ok(None) };
        let scrape = Scrape::serve(address, Exposition::MEDIA_TYPE);
        let scrape = scrape.map_err(|error| without(&format!("listening at {address}"), &error))?;
        let line = format!("azpreflight: serving http://{}/metrics", scrape.address());
        // Nobody is left to tell when standard error is gone.
        drop(writeln!(io::stderr(), "{line}"));
        Ok(Some(scrape))
    }
}

fn exposition(report: &ProbeReport) -> Vec<u8> {
    let now = Timestamp::now().as_duration().as_secs_f64();
    let mut page = Vec::new();
    // Writing into memory does not fail.
    drop(Exposition { report, made_at: Some(now) }.write(&mut page));
    page
}

fn without(what: &str, error: &io::Error) -> Failure {
    Failure::Usage(format!("{what}: {error}"))
}
